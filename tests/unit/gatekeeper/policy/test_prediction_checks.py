"""The checks of predictions: each passes, and each refuses."""

import pytest

from gatekeeper.evidence.comparison_messages import (
    ClassRecall,
    ComparisonResult,
    HoldoutResult,
    SliceScore,
)
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.check import MOST_SHOWN
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

MODEL = toy_model()
MANIFEST = toy_candidate(MODEL, correct=9).manifest
POLICY = GatePolicy(metric="accuracy")
FULL_POLICY = POLICY.model_copy(
    update={
        "min_holdout_rows": 10,
        "recall_floor": 0.5,
        "slices": "width",
        "slice_rows": 2,
        "slice_drop": 0.1,
    }
)


def recall(name: str, value: float | None) -> ClassRecall:
    return ClassRecall(name=name, rows=0 if value is None else 5, recall=value)


def width(value: str, challenger: float | None, champion: float | None = 0.9) -> SliceScore:
    return SliceScore(column="width", value=value, rows=4, challenger=challenger, champion=champion)


CHALLENGER = HoldoutResult(
    score=0.9, rows=10, predictions_vary=True, recalls=(recall("small", 0.8), recall("large", 1.0))
)
COMPARISON = ComparisonResult(challenger=CHALLENGER, slices=(width("low", 0.8), width("high", 1.0)))


def facts(comparison: ComparisonResult = COMPARISON, **challenger: object) -> Facts:
    if challenger:
        found = CHALLENGER.model_copy(update=challenger)
        comparison = comparison.model_copy(update={"challenger": found})
    submission = Submission("x", MANIFEST, MODEL.artefact)
    return Facts(submission, ScoringResult(0.9), comparison=comparison)


def sliced(*slices: SliceScore) -> Facts:
    return facts(COMPARISON.model_copy(update={"slices": slices}))


def refused_by(found: Facts, policy: GatePolicy = FULL_POLICY) -> CheckResult:
    """Return the only check that failed."""
    verdict = judge(found, policy)
    assert verdict.outcome == "refused"
    (check,) = [check for check in verdict.checks if not check.passed]
    return check


def test_good_predictions_pass_all_checks_of_predictions() -> None:
    verdict = judge(facts(), FULL_POLICY)

    assert verdict.outcome == "promoted"
    found = {check.name: check for check in verdict.checks}
    assert found.keys() >= {"min-holdout-rows", "predictions-vary", "recall-floor", "slice-drop"}
    assert found["recall-floor"].observed == {"small": 0.8, "large": 1.0}
    assert found["slice-drop"].observed[0]["value"] == "low"


def test_checks_without_a_setting_do_not_run() -> None:
    names = {check.name for check in judge(facts(), POLICY).checks}
    assert names & {"min-holdout-rows", "predictions-vary", "recall-floor", "slice-drop"} == {
        "predictions-vary"
    }


def test_too_few_rows_are_refused() -> None:
    check = refused_by(facts(rows=9))
    assert (check.name, check.observed, check.required) == ("min-holdout-rows", 9, 10)


def test_constant_predictions_are_refused() -> None:
    check = refused_by(facts(predictions_vary=False), POLICY)
    assert check.name == "predictions-vary"
    assert "All 10 rows" in check.message


def test_predictions_that_could_not_be_examined_are_refused() -> None:
    check = refused_by(facts(ComparisonResult(error="Too much memory.")))
    assert (check.name, check.observed) == ("predictions-vary", None)
    assert check.message.endswith("Too much memory.")


def test_a_holdout_of_one_row_does_not_show_whether_predictions_vary() -> None:
    verdict = judge(facts(rows=1, predictions_vary=False), POLICY)
    assert "predictions-vary" not in {check.name for check in verdict.checks}


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.4, "lowest recall is 0.4000, of class 'small'"), (None, "no row of class 'small'")],
)
def test_a_low_or_unknown_recall_is_refused(value: float | None, said: str) -> None:
    check = refused_by(facts(recalls=(recall("small", value), recall("large", 1.0))))
    assert check.name == "recall-floor"
    assert said in check.message


def test_a_regression_has_no_recalls() -> None:
    assert judge(facts(recalls=()), FULL_POLICY).outcome == "promoted"


def test_a_slice_below_production_is_refused() -> None:
    check = refused_by(sliced(width("low", 0.7), width("high", 1.0)))
    assert check.name == "slice-drop"
    assert "'width' is 'low', with 0.7000 to 0.9000 on 4 rows" in check.message


def test_a_slice_that_drops_by_exactly_the_limit_passes() -> None:
    """17 of 20 is exactly 1 of 20 less than 18 of 20, although their difference is rounded."""
    policy = FULL_POLICY.model_copy(update={"slice_drop": 0.05})
    assert judge(sliced(width("low", 17 / 20, 18 / 20)), policy).outcome == "promoted"
    assert refused_by(sliced(width("low", 16 / 20, 18 / 20)), policy).name == "slice-drop"


def test_a_slice_without_two_scores_refuses_nothing() -> None:
    for slices in ((width("low", None),), (width("low", 0.1, None),), ()):
        assert judge(sliced(*slices), FULL_POLICY).outcome == "promoted"


def test_slices_of_an_unknown_feature_are_refused() -> None:
    check = refused_by(sliced(), FULL_POLICY.model_copy(update={"slices": "colour"}))
    assert (check.name, check.observed) == ("slice-drop", [])
    assert "'colour', which is not a feature" in check.message


def test_the_worst_of_many_slices_are_recorded() -> None:
    many = [width(str(number), 0.9) for number in range(MOST_SHOWN + 1)]
    found = {check.name: check for check in judge(sliced(*many), FULL_POLICY).checks}
    assert len(found["slice-drop"].observed) == MOST_SHOWN
