"""The checks of slices: each passes, each refuses, and none says more than it has judged."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.comparison_messages import SliceScore, UnjudgedSlices
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.policy import Verdict, judge
from gatekeeper.policy.terms.check import MOST_SHOWN
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from tests.unit.gatekeeper.policy.good_facts import COMPARISON, GOOD

POLICY = GatePolicy(metric="accuracy", slices="width", slice_rows=2, slice_drop=0.1)

MINORITY = SliceScore(
    column="group",
    value="minority",
    rows=99,
    challenger=0.0,
    champion=1.0,
    interval=(0.0, 0.037),
    difference_interval=(-1.0, -0.947),
)
NO_SCORE = MINORITY.model_copy(update={"value": "b", "challenger": None, "champion": None})
ALONE = UnjudgedSlices(slices=(MINORITY,), count=1)


def width(value: str, challenger: float | None, champion: float | None = 0.9) -> SliceScore:
    return SliceScore(column="width", value=value, rows=4, challenger=challenger, champion=champion)


def sliced(*slices: SliceScore, unjudged: UnjudgedSlices | None = None) -> Facts:
    changes = {"slices": slices, "unjudged": unjudged or UnjudgedSlices()}
    return replace(GOOD, comparison=COMPARISON.model_copy(update=changes))


def with_limits(**limits: object) -> GatePolicy:
    return POLICY.model_copy(update=limits)


def refused_by(found: Facts, policy: GatePolicy = POLICY) -> CheckResult:
    """Return the only check that failed."""
    verdict = judge(found, policy)
    assert verdict.outcome == "refused"
    (check,) = [check for check in verdict.checks if not check.passed]
    return check


def check_of(verdict: Verdict, name: str) -> CheckResult:
    return next(check for check in verdict.checks if check.name == name)


GOOD_SLICES = (width("low", 0.8), width("high", 1.0))


def test_a_slice_below_production_is_refused() -> None:
    check = refused_by(sliced(width("low", 0.7), width("high", 1.0)))
    assert check.name == "slice-drop"
    assert "'width' is 'low' (4 rows): 0.7000, production 0.9000" in check.message


def test_a_slice_that_drops_by_exactly_the_limit_passes() -> None:
    """17 of 20 is exactly 1 of 20 less than 18 of 20, although their difference is rounded."""
    policy = with_limits(slice_drop=0.05)
    assert judge(sliced(width("low", 17 / 20, 18 / 20)), policy).outcome == "promoted"
    assert refused_by(sliced(width("low", 16 / 20, 18 / 20)), policy).name == "slice-drop"


def test_a_slice_without_two_scores_refuses_nothing() -> None:
    for slices in ((width("low", None),), (width("low", 0.1, None),), ()):
        assert judge(sliced(*slices), POLICY).outcome == "promoted"


def test_slices_of_an_unknown_feature_are_refused() -> None:
    check = refused_by(sliced(), with_limits(slices="colour"))
    assert (check.name, check.observed) == ("slice-drop", [])
    assert "'colour', which is not a feature" in check.message


def test_the_worst_of_many_slices_are_recorded() -> None:
    many = [width(str(number), 0.9) for number in range(MOST_SHOWN + 1)]
    assert len(check_of(judge(sliced(*many), POLICY), "slice-drop").observed) == MOST_SHOWN


def test_a_slice_that_is_too_small_is_listed_with_its_rows_and_results() -> None:
    verdict = judge(sliced(*GOOD_SLICES, unjudged=ALONE), POLICY)
    assert verdict.outcome == "promoted"
    check = check_of(verdict, "slice-coverage")
    assert check.result == "not checked"
    assert check.observed["unjudged"] == 1
    assert check.observed["slices"] == [
        {
            "column": "group",
            "value": "minority",
            "rows": 99,
            "challenger": 0.0,
            "champion": 1.0,
            "interval": [-1.0, -0.947],
        }
    ]
    assert check.message == (
        "1 slice has fewer than 2 rows or no accuracy, so no limit judges it: 'group' is "
        "'minority' (99 rows): 0.0000, production 1.0000, 95 % interval of the difference -1 to "
        "-0.947. GATEKEEPER_SLICE_REQUIRED=true refuses such candidates."
    )


@pytest.mark.parametrize("unjudged", [MINORITY, NO_SCORE], ids=["few rows", "no score"])
def test_the_setting_refuses_a_slice_that_cannot_be_judged(unjudged: SliceScore) -> None:
    found = sliced(*GOOD_SLICES, unjudged=UnjudgedSlices(slices=(unjudged,), count=1))
    check = refused_by(found, with_limits(slice_required=True))
    assert check.name == "slice-coverage"
    assert check.message.endswith("lower GATEKEEPER_SLICE_ROWS, or see GATEKEEPER_SLICE_REQUIRED.")
    assert judge(sliced(*GOOD_SLICES), with_limits(slice_required=True)).outcome == "promoted"


def test_no_sentence_is_about_all_slices_when_some_are_not_judged() -> None:
    policy = with_limits(slice_floor=0.5, slice_gap=0.5)
    rest = "1 slice with fewer than 2 rows or without a score is not judged."
    verdict = judge(sliced(*GOOD_SLICES, unjudged=ALONE), policy)
    messages = [check_of(verdict, f"slice-{name}").message for name in ("drop", "floor", "gap")]
    assert all(message.endswith(rest) for message in messages)
    assert messages[0].startswith("No judged slice drops below production by more than 0.1; ")
    assert "for every judged slice" in messages[1]
    whole = judge(sliced(*GOOD_SLICES), policy)
    assert check_of(whole, "slice-drop").message.startswith("No slice drops below production by ")
    assert "for every slice." in check_of(whole, "slice-floor").message


def test_without_a_judged_slice_nothing_is_checked() -> None:
    verdict = judge(sliced(unjudged=ALONE), with_limits(slice_floor=0.5, slice_gap=0.5))
    found = [check for check in verdict.checks if check.name.startswith("slice-")]
    assert [check.result for check in found] == ["not checked"] * 4
    assert not any("No slice drops" in check.message for check in found)


def test_the_setting_refuses_rows_without_any_slice() -> None:
    """All rows may be training rows of a champion that cannot be scored."""
    policy = with_limits(slice_required=True)
    assert "GATEKEEPER_SLICE_REQUIRED" in refused_by(sliced(), policy).message


def test_a_slice_below_the_floor_is_refused_and_the_first_model_too() -> None:
    low = width("low", 0.7, None).model_copy(update={"interval": (0.4, 0.9)})
    check = refused_by(sliced(width("high", 1.0, None), low), with_limits(slice_floor=0.75))
    assert (check.name, check.required) == ("slice-floor", 0.75)
    assert check.message == (
        "accuracy is 0.7000 where 'width' is 'low' (4 rows, 95 % interval 0.4000 to 0.9000). It is "
        "below the floor of 0.7500 for every slice. See GATEKEEPER_SLICE_FLOOR."
    )
    assert check.observed[0]["value"] == "low"


def test_a_score_at_the_floor_passes() -> None:
    verdict = judge(sliced(width("low", 1 - 0.9, 0.1)), with_limits(slice_floor=0.1))
    assert check_of(verdict, "slice-floor").result == "passed"


def test_a_gap_between_slices_of_one_column_is_refused() -> None:
    other = MINORITY.model_copy(update={"value": "a", "challenger": 0.2, "champion": 0.2})
    found = sliced(width("low", 0.8, 0.8), width("high", 0.95, 0.95), other)
    check = refused_by(found, with_limits(slice_gap=0.1))
    assert (check.name, check.required) == ("slice-gap", 0.1)
    assert check.message.startswith(
        "accuracy differs by 0.15 between slices, more than the allowed 0.1: 0.8000 where 'width' "
        "is 'low' (4 rows); 0.9500 where 'width' is 'high' (4 rows)."
    )
    (gap,) = check.observed
    assert (gap["column"], gap["worst value"], gap["best score"]) == ("width", "low", 0.95)
    assert judge(found, with_limits(slice_gap=0.15)).outcome == "promoted"


def test_one_slice_of_a_column_has_no_gap() -> None:
    verdict = judge(sliced(width("low", 0.8)), with_limits(slice_gap=0.01))
    assert check_of(verdict, "slice-gap").result == "not checked"


def test_checks_of_slices_run_only_with_their_settings() -> None:
    names = {check.name for check in judge(sliced(*GOOD_SLICES), POLICY).checks}
    assert {name for name in names if name.startswith("slice-")} == {"slice-drop", "slice-coverage"}
