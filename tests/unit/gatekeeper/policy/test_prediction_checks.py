"""The checks of predictions: each passes, and each refuses."""

import pytest
from scipy.stats import binomtest

from gatekeeper.evidence.comparison_messages import (
    ClassRecall,
    ComparisonResult,
    HoldoutResult,
    PairedScores,
    SliceScore,
)
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.policy.policy import judge
from gatekeeper.policy.scores.recall_floor import count_needed_rows
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


def judged(*recalls: ClassRecall, policy: GatePolicy = FULL_POLICY) -> CheckResult:
    """Return the recall floor's result."""
    checks = judge(facts(recalls=recalls), policy).checks
    return next(check for check in checks if check.name == "recall-floor")


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
    assert [(each["class"], each["recall"]) for each in found["recall-floor"].observed] == [
        ("small", 0.8),
        ("large", 1.0),
    ]
    assert found["slice-drop"].observed[0]["value"] == "low"


def test_checks_without_a_setting_do_not_run() -> None:
    names = {check.name for check in judge(facts(), POLICY).checks}
    assert names & {"min-holdout-rows", "predictions-vary", "recall-floor", "slice-drop"} == {
        "predictions-vary"
    }


def test_too_few_rows_are_refused() -> None:
    check = refused_by(facts(rows=9))
    assert (check.name, check.observed, check.required) == ("min-holdout-rows", 9, 10)


def test_too_few_rows_of_one_class_are_refused() -> None:
    """The class with the fewest rows counts, of the rows that neither model has seen."""
    policy = POLICY.model_copy(update={"min_class_rows": 5})
    assert judge(facts(), policy).outcome == "promoted"
    rare = (recall("small", None), recall("large", 1.0))
    check = refused_by(facts(recalls=rare, rows=5), policy)
    assert (check.name, check.observed) == ("min-class-rows", {"small": 0, "large": 5})
    assert "'small', with 0 of the holdout; at least 5 of every class" in check.message
    unseen = PairedScores(rows=9, challenger=0.9, champion=0.9, class_rows=(5, 4))
    check = refused_by(facts(COMPARISON.model_copy(update={"compared": unseen})), policy)
    assert "'large', with 4 of the rows that neither model has seen" in check.message


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


def test_the_lowest_recall_has_its_rows_and_an_interval() -> None:
    sure = ClassRecall(name="small", rows=400, recall=0.9, low=0.8664, high=0.9276)
    check = judged(sure, sure.model_copy(update={"name": "large", "recall": 0.95}))
    assert check.message == (
        "The lowest recall is 0.9000, of class 'small' on 400 rows, which show 0.8664 to 0.9276 "
        "with a confidence of 0.95; at least 0.5 is required for every class."
    )
    assert check.observed[0] == {
        "class": "small",
        "recall": 0.9,
        "rows": 400,
        "low": 0.8664,
        "high": 0.9276,
    }


def test_classes_with_too_few_rows_to_show_the_floor_are_named() -> None:
    strict = FULL_POLICY.model_copy(update={"recall_floor": 0.8})
    check = judged(recall("small", 1.0), recall("large", 1.0), policy=strict)
    assert check.passed
    assert "17 rows of a class, all of them right, are the fewest" in check.message
    assert "fewer of 'large' 5, 'small' 5, so chance decides there." in check.message


@pytest.mark.parametrize("floor", [0.1, 0.5, 0.8, 0.9, 0.99])
def test_the_fewest_rows_that_show_a_floor_are_exact(floor: float) -> None:
    rows = count_needed_rows(floor)
    assert rows is not None
    for count, is_enough in ((rows, True), (rows - 1, False)):
        low = binomtest(count, count).proportion_ci(0.95, "exact").low if count else 0.0
        assert (low >= floor) == is_enough
    assert count_needed_rows(1.0) is None


def test_a_regression_has_no_recalls() -> None:
    assert judge(facts(recalls=()), FULL_POLICY).outcome == "promoted"


def test_the_keys_of_a_class_count_and_not_its_rows() -> None:
    """Rows of one key are alike: thirty rows of two keys show no more than two rows."""
    each = ClassRecall(name="small", rows=30, recall=1.0, low=0.16, high=1.0, keys=2)
    found = judged(each)
    assert "on 30 rows of 2 keys, which show 0.16" in found.message
    assert "different keys of a class, all of them right" in found.message
    assert "The holdout has fewer of 'small' 2" in found.message
    assert found.observed[0]["keys"] == 2
