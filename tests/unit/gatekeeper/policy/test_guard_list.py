"""GATEKEEPER_GUARDS: accepted values, and the sentence for each other value."""

import pytest

from gatekeeper.policy.terms.guard_list import parse_guards
from gatekeeper.settings import GatekeeperSettings, load_gatekeeper_settings
from shared.errors import SettingsError
from shared.scoring.score_ranges import useful_range
from shared.scoring.scorer_names import METRICS, NEG_COST, fits_classes


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GatekeeperSettings.model_fields:
        monkeypatch.delenv(f"GATEKEEPER_{name.upper()}", raising=False)


def refusal(monkeypatch: pytest.MonkeyPatch, metric: str, guards: str, **others: object) -> str:
    """Return the sentence with which the gatekeeper refuses to start; empty if it starts."""
    for name, value in {"guards": guards, **others}.items():
        monkeypatch.setenv(f"GATEKEEPER_{name.upper()}", str(value))
    try:
        load_gatekeeper_settings(metric)
    except SettingsError as error:
        return str(error)
    return ""


def test_guards_are_metrics_with_numbers() -> None:
    assert parse_guards("neg_log_loss:-0.02, recall:-0.01") == {
        "neg_log_loss": -0.02,
        "recall": -0.01,
    }
    assert parse_guards(" r2 : -1e-3 ,") == {"r2": -0.001}
    assert parse_guards("") == {}


@pytest.mark.parametrize("metric", [name for name in METRICS if name != NEG_COST])
def test_every_metric_can_be_a_guard(monkeypatch: pytest.MonkeyPatch, metric: str) -> None:
    others = ("r2", "neg_max_error") if fits_classes(metric, 0) else ("accuracy", "f1_macro")
    beside = next(each for each in others if each != metric)
    assert refusal(monkeypatch, beside, f"{metric}:-0.02") == ""
    found = refusal(monkeypatch, beside, f"{metric}:0.02")
    assert "requires a rise" in found
    assert found.endswith(f"did you mean {metric}:-0.02?")
    if useful_range(metric):
        found = refusal(monkeypatch, beside, f"{metric}:-5")
        assert "lets every drop pass" in found
        assert found.endswith(f"did you mean {metric}:-0.05?")


@pytest.mark.parametrize(
    ("metric", "guards", "expected"),
    [
        ("f1", "recall", "found 'recall'; expected metrics with the allowed drop, such as"),
        ("f1", "recall:", "is malformed: found 'recall:'"),
        ("f1", "recall:low", "is malformed: found 'recall:low'"),
        ("f1", "recall:nan", "is malformed: found 'recall:nan'"),
        ("f1", "recall:-inf", "is malformed: found 'recall:-inf'"),
        ("f1", ":-0.1", "is malformed: found ':-0.1'"),
        ("f1", "log_loss:-0.1", "unknown metric 'log_loss'; did you mean neg_log_loss?"),
        ("f1", "shoe_size:-0.1", "unknown metric 'shoe_size'; docs/training.md lists all."),
        ("f1", "recall:-0.1,recall:-0.2", "names recall twice. Remove one of both."),
        ("f1", "f1:-0.1", "is about METRIC=f1 itself; set GATEKEEPER_MIN_IMPROVEMENT instead."),
        ("f1", "r2:-0.1", "is for numbers, but METRIC=f1 is for two classes; remove it"),
        ("r2", "f1:-0.1", "is for two classes, but METRIC=r2 is for numbers; remove it"),
        ("r2", "accuracy:-0.1", "is for classes, but METRIC=r2 is for numbers; remove it"),
        ("top_k_accuracy", "f1:-0.1", "but METRIC=top_k_accuracy is for three classes or more"),
        ("accuracy", "f1:-0.1, top_k_accuracy:-0.1", ""),
    ],
)
def test_a_guard_that_means_nothing_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, metric: str, guards: str, expected: str
) -> None:
    found = refusal(monkeypatch, metric, guards)
    assert expected in found if expected else found == ""
    assert found.startswith("GATEKEEPER_GUARDS") or not expected


def test_guards_that_must_be_compared_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = refusal(monkeypatch, "f1", "", require_guards=True)
    assert found.startswith("GATEKEEPER_REQUIRE_GUARDS=true limits nothing")
    assert refusal(monkeypatch, "f1", "recall:0", require_guards=True) == ""


@pytest.mark.parametrize(
    ("metric", "limit", "expected"),
    [
        ("f1", "0.05", ""),
        ("f1", "5", "did you mean GATEKEEPER_MAX_CALIBRATION_ERROR=0.05?"),
        ("f1", "0", "GATEKEEPER_MAX_CALIBRATION_ERROR"),
        ("r2", "0.05", "is for numbers, without probabilities; leave it empty."),
    ],
)
def test_a_calibration_limit_that_means_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, metric: str, limit: str, expected: str
) -> None:
    found = refusal(monkeypatch, metric, "", max_calibration_error=limit)
    assert expected in found if expected else found == ""


def test_a_guard_of_costs_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The metric neg_cost needs GATEKEEPER_COSTS" in refusal(monkeypatch, "f1", "neg_cost:-1")
    costs = {"yes": {"no": 1.0}, "no": {"yes": 5.0}}
    assert load_gatekeeper_settings("f1", costs).guard_limits == {"neg_cost": -1.0}
