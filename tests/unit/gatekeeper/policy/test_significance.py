"""The result of the paired bootstrap is recorded, and a confidence makes it a rule."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.comparison_messages import ComparisonResult, ScoreDifference
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Champion, Facts, Submission
from gatekeeper.policy.policy import Verdict, judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

MODEL = toy_model()
MANIFEST = toy_candidate(MODEL, correct=9).manifest
CHAMPION = Champion(
    version=3, digest="sha256:" + "0" * 64, recorded_score=0.5, score=0.88, artefact=MODEL.artefact
)
POLICY = GatePolicy(metric="accuracy")
SURE = POLICY.model_copy(update={"confidence": 0.95})


def facts(probability: float | None, champion: Champion | None = CHAMPION) -> Facts:
    difference = None
    if probability is not None:
        difference = ScoreDifference(
            difference=0.02,
            low=-0.01,
            high=0.05,
            confidence=0.95,
            probability=probability,
            resamples=10_000,
            rows=400,
            differing_rows=30,
            detectable=0.0341,
            rows_to_show=1_163,
        )
    return Facts(
        Submission(MANIFEST.candidate_id, MANIFEST, MODEL.artefact),
        ScoringResult(0.9),
        champion,
        ComparisonResult(difference=difference),
    )


def chance(verdict: Verdict) -> CheckResult:
    (check,) = (check for check in verdict.checks if check.name == "significance")
    return check


def failed(verdict: Verdict) -> list[str]:
    return [check.name for check in verdict.checks if not check.passed]


def test_without_a_confidence_the_difference_is_only_recorded() -> None:
    verdict = judge(facts(0.6), POLICY)
    assert verdict.outcome == "promoted"
    check = chance(verdict)
    assert check.required is None
    assert check.observed == {
        "difference": 0.02,
        "required_difference": 0.0,
        "bound": -0.01,
        "interval": [-0.01, 0.05],
        "confidence": 0.95,
        "probability": 0.6,
        "resamples": 10_000,
        "rows": 400,
        "differing_rows": 30,
        "detectable_difference": 0.0341,
        "rows_to_show_it": 1_163,
        "unseen_rows": None,
        "same_model": False,
    }
    assert check.message == (
        "On the same 400 rows, accuracy differs from production's by +0.02. "
        "The models differ on 30 rows. "
        "With confidence 0.95, the true difference, on all rows of this kind, is at least -0.01. "
        "400 rows can show a true difference of +0.0341 or more, in 8 of 10 cases. "
        "About 1,200 rows would show the difference that was found."
    )


@pytest.mark.parametrize(
    ("probability", "outcome"),
    [(1.0, "promoted"), (0.95, "promoted"), (0.9499, "inconclusive"), (0.06, "inconclusive")],
)
def test_with_a_confidence_a_possible_chance_result_is_inconclusive(
    probability: float, outcome: str
) -> None:
    verdict = judge(facts(probability), SURE)
    assert verdict.outcome == outcome
    assert failed(verdict) == ([] if outcome == "promoted" else ["significance"])


def test_a_surely_worse_challenger_is_refused() -> None:
    """The message does not ask for more rows, which would not help."""
    verdict = judge(facts(0.04), SURE)
    assert (verdict.outcome, failed(verdict)) == ("refused", ["significance"])
    message = chance(verdict).message
    assert "With the same confidence it is at most +0.05, so it is refused." in message
    assert "would show" not in message


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_the_limit_of_surely_worse_is_not_rounded_below_its_text(confidence: float) -> None:
    """1 - 0.9 is a little less than 0.1 in floating point."""
    bound = float(f"{1 - confidence:g}")
    assert (
        judge(facts(bound), POLICY.model_copy(update={"confidence": confidence})).outcome
        == "refused"
    )


def test_an_inconclusive_candidate_gets_the_bound_and_the_requirement() -> None:
    message = chance(judge(facts(0.9), SURE)).message
    assert "is at least -0.01; at least 0 is required." in message
    assert message.endswith("difference that was found. See GATEKEEPER_CONFIDENCE.")


def test_a_tie_is_not_called_certain() -> None:
    tie = {"difference": 0.0, "low": -0.03, "high": 0.03, "probability": 0.5, "unseen_rows": 3}
    none = {"differing_rows": 0, "detectable": None, "rows_to_show": None}
    found = facts(0.5)
    assert found.comparison
    assert found.comparison.difference
    difference = found.comparison.difference.model_copy(update={**tie, **none})
    tied = replace(found, comparison=ComparisonResult(difference=difference))
    assert judge(tied, POLICY).outcome == "promoted"
    verdict = judge(tied, SURE)
    assert verdict.outcome == "inconclusive"
    assert chance(verdict).message == (
        "On the same 400 rows, accuracy differs from production's by 0. "
        "No row tells the models apart. "
        "With confidence 0.95, the true difference, on all rows of this kind, is at least -0.03; "
        "at least 0 is required. "
        "That is not certainty: of 400 new rows, 3 may be worse for the candidate. "
        "See GATEKEEPER_CONFIDENCE."
    )


def test_the_same_model_is_named_and_promoted() -> None:
    found = facts(1.0)
    assert found.comparison
    assert found.comparison.difference
    same = {"difference": 0.0, "low": 0.0, "high": 0.0, "same_model": True}
    difference = found.comparison.difference.model_copy(update=same)
    verdict = judge(replace(found, comparison=ComparisonResult(difference=difference)), SURE)
    assert verdict.outcome == "promoted"
    assert chance(verdict).message.startswith("It is the model in production, byte for byte")


def test_an_inconclusive_candidate_that_fails_another_check_is_refused() -> None:
    worse = replace(facts(0.5), champion=replace(CHAMPION, score=0.91))
    assert judge(worse, SURE).outcome == "refused"
    assert failed(judge(worse, SURE)) == ["significance", "champion-comparison"]
    assert judge(facts(0.5), SURE.model_copy(update={"floor": 0.95})).outcome == "refused"
    assert failed(judge(facts(0.5), SURE.model_copy(update={"floor": 0.95}))) == [
        "score-floor",
        "significance",
    ]


def test_the_first_candidate_passes_with_a_confidence() -> None:
    verdict = judge(facts(None, champion=None), SURE)
    assert verdict.outcome == "promoted"
    assert "No model is in production" in chance(verdict).message


def test_a_champion_without_predictions_on_these_rows_is_inconclusive() -> None:
    lost = facts(None, replace(CHAMPION, score=None, why_not_scored="its files are damaged."))
    assert judge(lost, POLICY).outcome == "promoted"
    verdict = judge(lost, SURE)
    assert verdict.outcome == "inconclusive"
    assert "its files are damaged" in chance(verdict).message
    assert "GATEKEEPER_CONFIDENCE" in chance(verdict).message
