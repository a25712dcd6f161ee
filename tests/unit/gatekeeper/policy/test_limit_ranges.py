"""A limit that no model can reach, or that every model passes, stops the start."""

from collections.abc import Sequence
from typing import Any

import pytest

from gatekeeper.settings import GatekeeperSettings, load_gatekeeper_settings
from shared.errors import SettingsError
from shared.scoring.score_ranges import score_range, useful_range
from shared.scoring.scorer_names import METRICS, NEG_COST, REGRESSION
from tests.support.sweep import sweep

SHARES = [name for name in METRICS if score_range(name) == (0.0, 1.0)]
OPEN_BELOW_ONE = [name for name in METRICS if score_range(name) == (-float("inf"), 1.0)]
COSTS = {"sick": {"healthy": 50.0}, "healthy": {"sick": 1.0}}
ERRORS = [name for name in METRICS if score_range(name)[1] == 0.0]
ERRORS_IN_UNITS = [name for name in ERRORS if useful_range(name) is None]
FRACTIONS = [name for name in METRICS if name not in ERRORS_IN_UNITS]
NOT_ERRORS = [name for name in METRICS if name not in ERRORS]
DAILY = {"f1", "roc_auc", "r2", "neg_brier_score", "neg_mean_absolute_error"}


def sweep_of(metrics: Sequence[str]) -> list[Any]:
    """Return the metrics as parameters, those of each kind that are not daily as thorough."""
    return sweep({name: name for name in metrics}, *DAILY.intersection(metrics))


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GatekeeperSettings.model_fields:
        monkeypatch.delenv(f"GATEKEEPER_{name.upper()}", raising=False)


def refusal(monkeypatch: pytest.MonkeyPatch, metric: str, **limits: object) -> str:
    """Return the sentence with which the gatekeeper refuses *limits*; empty if it starts."""
    for name, value in limits.items():
        monkeypatch.setenv(f"GATEKEEPER_{name.upper()}", str(value))
    try:
        load_gatekeeper_settings(metric, COSTS if metric == NEG_COST else None)
    except SettingsError as error:
        return str(error)
    return ""


def test_every_metric_is_of_one_kind() -> None:
    others = {"matthews_corrcoef", *SHARES, *OPEN_BELOW_ONE, *ERRORS}
    assert others == set(METRICS)
    assert len(FRACTIONS) + len(ERRORS_IN_UNITS) == len(METRICS)


@pytest.mark.parametrize("metric", sweep_of(NOT_ERRORS))
def test_a_floor_in_percent_is_refused(monkeypatch: pytest.MonkeyPatch, metric: str) -> None:
    found = refusal(monkeypatch, metric, floor=85)
    assert "GATEKEEPER_FLOOR=85 can never be reached" in found
    assert found.endswith("did you mean GATEKEEPER_FLOOR=0.85?")
    assert refusal(monkeypatch, metric, floor=1.01).startswith("GATEKEEPER_FLOOR=1.01 can never")


@pytest.mark.parametrize("metric", sweep_of(NOT_ERRORS))
@pytest.mark.parametrize(
    ("floor", "hint"),
    [
        ("5", "at most 1; set the score that a model must reach, or leave it empty."),
        ("1.5", "at most 1; set the score that a model must reach, or leave it empty."),
        ("12", "did you mean GATEKEEPER_FLOOR=0.12?"),
    ],
)
def test_one_digit_of_a_floor_may_be_percent_or_a_lost_point(
    monkeypatch: pytest.MonkeyPatch, metric: str, floor: str, hint: str
) -> None:
    assert refusal(monkeypatch, metric, floor=floor).endswith(hint)


@pytest.mark.parametrize("metric", sweep_of(NOT_ERRORS))
@pytest.mark.parametrize("floor", [0.001, 0.5, 0.85, 1])
def test_a_floor_that_can_be_reached_is_accepted(
    monkeypatch: pytest.MonkeyPatch, metric: str, floor: float
) -> None:
    assert refusal(monkeypatch, metric, floor=floor) == ""


@pytest.mark.parametrize("metric", sweep_of(SHARES))
@pytest.mark.parametrize(
    ("floor", "hint"),
    [
        ("0", "set the score that a model must reach, or leave it empty."),
        ("-0.85", "did you mean GATEKEEPER_FLOOR=0.85?"),
        ("-85", "did you mean GATEKEEPER_FLOOR=0.85?"),
        ("-5", "set the score that a model must reach, or leave it empty."),
    ],
)
def test_a_floor_below_every_score_is_refused(
    monkeypatch: pytest.MonkeyPatch, metric: str, floor: str, hint: str
) -> None:
    found = refusal(monkeypatch, metric, floor=floor)
    assert "lets every model pass" in found
    assert found.endswith(hint)


@pytest.mark.parametrize("metric", sweep_of(ERRORS_IN_UNITS))
def test_an_error_without_its_sign_is_refused(monkeypatch: pytest.MonkeyPatch, metric: str) -> None:
    found = refusal(monkeypatch, metric, floor=5)
    assert f"because {metric} is at most 0" in found
    assert found.endswith("did you mean GATEKEEPER_FLOOR=-5?")
    assert refusal(monkeypatch, metric, floor=-5) == ""
    assert refusal(monkeypatch, metric, floor=-1234567.5) == ""


@pytest.mark.parametrize("metric", ["neg_brier_score", "neg_mean_absolute_percentage_error"])
@pytest.mark.parametrize(
    ("floor", "likely"),
    [
        ("20", "-0.2"),
        ("-20", "-0.2"),
        ("0.2", "-0.2"),
        ("5", "-0.05"),
        ("-5", "-0.05"),
        ("1.5", "-0.015"),
    ],
)
def test_an_error_in_percent_is_refused(
    monkeypatch: pytest.MonkeyPatch, metric: str, floor: str, likely: str
) -> None:
    found = refusal(monkeypatch, metric, floor=floor)
    assert found.endswith(f"did you mean GATEKEEPER_FLOOR={likely}?")
    assert refusal(monkeypatch, metric, floor=-0.2) == ""
    assert "predict the same for every row" in refusal(monkeypatch, metric, floor=-1)


@pytest.mark.parametrize("metric", [*OPEN_BELOW_ONE, "matthews_corrcoef"])
def test_a_floor_of_0_refuses_models_that_are_worse_than_a_constant(
    monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    assert refusal(monkeypatch, metric, floor=0) == ""
    found = refusal(monkeypatch, metric, floor=-0.85)
    assert "lets models pass that predict the same for every row" in found
    assert found.endswith("did you mean GATEKEEPER_FLOOR=0.85?")
    assert "predict the same" in refusal(monkeypatch, metric, floor=-0.05)


def test_every_correlation_is_at_least_minus_1(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "every model pass" in refusal(monkeypatch, "matthews_corrcoef", floor=-1)


@pytest.mark.parametrize("metric", sweep_of(FRACTIONS))
@pytest.mark.parametrize(
    ("limit", "value", "problem", "likely"),
    [
        ("min_improvement", "5", "can never be reached", "0.05"),
        ("min_improvement", "1", "can never be reached", "0.01"),
        ("min_improvement", "-5", "lets every drop pass", "-0.05"),
        ("min_improvement", "-1", "lets every drop pass", "-0.01"),
        ("slice_drop", "5", "lets every drop pass", "0.05"),
        ("slice_drop", "-5", "is negative, but the size of a drop is 0 or more", "0.05"),
        ("slice_drop", "-0.02", "is negative, but the size of a drop is 0 or more", "0.02"),
        ("slice_gap", "5", "lets every gap pass", "0.05"),
        ("slice_gap", "-0.02", "is negative, but the size of a gap is 0 or more", "0.02"),
    ],
)
def test_a_difference_in_percent_is_refused(
    monkeypatch: pytest.MonkeyPatch, metric: str, limit: str, value: str, problem: str, likely: str
) -> None:
    variable = f"GATEKEEPER_{limit.upper()}"
    drop = {"slice_drop": 0.05} if metric in ERRORS else {}
    found = refusal(monkeypatch, metric, slices="region", **{**drop, limit: value})
    assert found.startswith(f"{variable}={value} {problem}")
    assert found.endswith(f"did you mean {variable}={likely}?")
    assert refusal(monkeypatch, metric, **{limit: likely}) == ""


@pytest.mark.parametrize("metric", sweep_of(ERRORS_IN_UNITS))
def test_a_difference_in_the_targets_unit_may_be_any_number(
    monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    assert refusal(monkeypatch, metric, min_improvement=5000) == ""
    assert refusal(monkeypatch, metric, min_improvement=-5000) == ""
    assert refusal(monkeypatch, metric, slices="region", slice_drop=5000) == ""
    assert "did you mean" in refusal(monkeypatch, metric, slices="region", slice_drop=-5)


@pytest.mark.parametrize("metric", sweep_of(ERRORS))
def test_an_error_has_no_usual_drop_of_a_slice(
    monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    found = refusal(monkeypatch, metric, slices="region")
    assert found.startswith("GATEKEEPER_SLICES needs GATEKEEPER_SLICE_DROP")
    assert f"METRIC={metric} is an error" in found
    assert refusal(monkeypatch, metric, slice_drop=0.05) == ""


@pytest.mark.parametrize("metric", sweep_of(NOT_ERRORS))
def test_other_metrics_have_a_usual_drop_and_a_floor_of_slices(
    monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    assert refusal(monkeypatch, metric, slices="region", slice_floor=0.7, slice_gap=0.2) == ""
    found = refusal(monkeypatch, metric, slice_floor=70)
    assert found.startswith("GATEKEEPER_SLICE_FLOOR=70 can never be reached")
    assert found.endswith("did you mean GATEKEEPER_SLICE_FLOOR=0.7?")


@pytest.mark.parametrize("metric", sweep_of(REGRESSION))
def test_numbers_have_no_recall(monkeypatch: pytest.MonkeyPatch, metric: str) -> None:
    assert "which have no recall; leave it empty" in refusal(monkeypatch, metric, recall_floor=0.5)


def test_numbers_have_no_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, "f1", min_class_rows=30) == ""
    assert "which have no classes" in refusal(monkeypatch, "r2", min_class_rows=30)


@pytest.mark.parametrize(
    ("limit", "value", "expected"),
    [
        ("recall_floor", "80", "a number from 0 to 1, found '80'; did you mean {}=0.8?"),
        ("recall_floor", "80%", "did you mean {}=0.8?"),
        ("recall_floor", "8%", "did you mean {}=0.08?"),
        ("recall_floor", "8", "did you mean {}=0.08?"),
        ("recall_floor", "-1", "did you mean {}=1?"),
        ("recall_floor", "0", "lets every model pass"),
        ("recall_floor", "1", ""),
        ("confidence", "95", "a number above 0.5 and below 1, found '95'; did you mean {}=0.95?"),
        ("confidence", "0.05", "did you mean {}=0.95?"),
        ("confidence", "5", "did you mean {}=0.95?"),
        ("confidence", "1", "did you mean {}=0.99?"),
        ("confidence", "0.5", "found '0.5'."),
        ("confidence", "0,95", "did you mean {}=0.95?"),
        ("max_total_drop", "-0.01", "did you mean {}=0.01?"),
        ("max_total_drop", "2", "lets every drop pass"),
        ("max_total_drop", "0.01", ""),
        ("pinned_version", "3", "GATEKEEPER_MAX_TOTAL_DROP is not set"),
        ("max_changed_answers", "1", "lets every model pass"),
        ("max_changed_answers", "5", "did you mean {}=0.05?"),
        ("max_changed_answers", "0.1", ""),
        ("max_holdout_loss", "10", "did you mean {}=0.1?"),
        ("max_holdout_loss", "-0.1", "did you mean {}=0.1?"),
        ("max_holdout_loss", "1", ""),
        ("min_holdout_rows", "0.2", "a whole number from 0 up, found '0.2'."),
        ("min_holdout_rows", "10,000", "did you mean {}=10000?"),
        ("slice_rows", "50", "names no column; set GATEKEEPER_SLICES"),
        ("slice_drop", "0.02", "names no column; set GATEKEEPER_SLICES"),
        ("slice_floor", "0.8", "names no column; set GATEKEEPER_SLICES"),
        ("slice_gap", "0.1", "names no column; set GATEKEEPER_SLICES"),
        ("slice_required", "true", "names no column; set GATEKEEPER_SLICES"),
        ("slice_required", "false", ""),
        ("max_load_seconds", "500", "it is not below GATEKEEPER_EVALUATION_SECONDS=30"),
        ("max_load_seconds", "500", "did you mean {}=0.5?"),
        ("max_load_seconds", "200ms", "did you mean {}=0.2?"),
        ("max_p95_ms", "30000", "or GATEKEEPER_EVALUATION_SECONDS higher."),
        ("max_p95_ms", "0.05s", "did you mean {}=50?"),
        ("max_memory_mib", "4096", "it is not below GATEKEEPER_EVALUATION_MEMORY_MIB=4096"),
        ("max_memory_mib", "1 GiB", "did you mean {}=1024?"),
        ("max_size_mib", "104857600", "did you mean {}=100?"),
        ("max_size_mib", "0", "a number above 0, found '0'."),
        ("evaluation_seconds", "30000", "did you mean {}=30?"),
        ("evaluation_memory_mib", "4", "did you mean {}=4096?"),
        ("evaluation_memory_mib", "4GB", "did you mean {}=4096?"),
        ("poll_seconds", "250", "above 0 and at most 60, found '250'; did you mean {}=0.25?"),
        ("keep_models", "-3", "did you mean {}=3?"),
        ("approval", "Manual", "automatic or manual, found 'Manual'; did you mean {}=manual?"),
        ("skip_identical", "perhaps", "expected true or false, found 'perhaps'."),
        ("floor", "85%", "did you mean {}=0.85?"),
        ("port", "80000", "a whole number from 0 to 65535, found '80000'."),
    ],
)
def test_every_other_limit_shows_its_range_or_the_likely_value(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: str, expected: str
) -> None:
    variable = f"GATEKEEPER_{limit.upper()}"
    found = refusal(monkeypatch, "accuracy", **{limit: value})
    assert expected.format(variable) in found if expected else found == ""
    assert variable in found or not expected
