"""A decision says how often its rows decided before, and allows for the champion's luck."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.comparison_messages import (
    ComparisonResult,
    PairedScores,
    RowHistory,
    ScoreDifference,
    SeenRows,
)
from gatekeeper.evidence.facts import Facts
from gatekeeper.evidence.further_scores import Luck
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from tests.unit.gatekeeper.policy.toy_facts import CHAMPION, GOOD, POLICY, failed

HISTORY = RowHistory(decisions=51, since_promotion=12, models=52, lead=0.03)
LUCK = Luck(reused=400, explained=0.025, allowance=0.012)
SEEN = SeenRows(rows=400, challenger=0, champion=0, lost_fraction=0.0, reused=400)


def facts(
    score: float,
    luck: Luck | None = LUCK,
    history: RowHistory = HISTORY,
    *,
    seen: SeenRows = SEEN,
    champion: float = 0.925,
    probability: float = 0.5,
) -> Facts:
    difference = ScoreDifference(
        difference=score - champion,
        low=-0.03,
        high=0.03,
        confidence=0.95,
        probability=probability,
        resamples=10_000,
        rows=400,
        required=-luck.allowance if luck else 0.0,
    )
    compared = PairedScores(rows=400, challenger=score, champion=champion)
    result = ComparisonResult(seen=seen, compared=compared, difference=difference, luck=luck)
    return replace(GOOD, champion=CHAMPION, comparison=result, history=history)


def check_of(found: Facts, name: str, policy: GatePolicy = POLICY) -> CheckResult:
    return next(check for check in judge(found, policy).checks if check.name == name)


def test_a_decision_records_how_often_its_rows_decided_and_what_that_means() -> None:
    check = check_of(facts(0.92), "holdout-reuse")
    assert (check.passed, check.result) == (True, "no limit set")
    assert check.observed == {
        "reused": 400,
        "rows": 400,
        "decisions": 51,
        "since_promotion": 12,
        "models": 52,
        "luck": 0.025,
        "allowance": 0.012,
    }
    assert check.message == (
        "These rows decided 51 times before, 12 times since version 3 was promoted. "
        "They compared 52 models, and the luckiest of many looks better than it is. "
        "Version 3 has accuracy 0.9250 on these rows; without luck it may be about 0.9000. "
        "The candidate is better on the trainer's validation rows, "
        "so a score that is worse by up to 0.0120 is accepted. "
        "New rows judge without this luck, and so does TRAINER_NEW_HOLDOUT=true."
    )


@pytest.mark.parametrize(
    ("luck", "history", "said"),
    [
        (None, {}, "It is unknown whether these rows decided before. The candidate has no rows"),
        ({"reused": 0}, {}, "Version 3 was not promoted on any of these rows."),
        ({}, {"decisions": 0, "models": 1}, "These rows compare two models for the first time."),
        ({"reused": 300}, {}, "300 of these 400 rows decided 51 times before, 12 times since"),
        ({}, {"decisions": 1, "since_promotion": 1}, "rows decided 1 time before, 1 time since"),
    ],
)
def test_the_message_fits_the_history(
    luck: dict[str, float] | None, history: dict[str, int], said: str
) -> None:
    found = facts(
        0.92,
        None if luck is None else LUCK.model_copy(update=luck),
        HISTORY.model_copy(update=history),
        seen=SEEN if luck is not None else SeenRows(rows=400),
    )
    assert said in check_of(found, "holdout-reuse").message


def test_an_unknown_history_is_not_checked() -> None:
    assert check_of(facts(0.92, None), "holdout-reuse").result == "not checked"


def test_without_a_champion_or_a_comparison_there_is_no_history() -> None:
    names = {check.name for check in judge(GOOD, POLICY).checks}
    assert "holdout-reuse" not in names


@pytest.mark.parametrize(
    ("score", "improvement", "outcome", "said"),
    [
        (0.93, 0.0, "promoted", "accuracy 0.9300 is better than the 0.9250 of version 3, scored"),
        (0.925, 0.0, "promoted", "accuracy 0.9250 is equal to the 0.9250 of version 3, scored"),
        (0.915, 0.0, "promoted", "as good as the 0.9130 (0.9250 -0.012) required by version 3"),
        (0.913, 0.0, "promoted", "as good as the 0.9130 (0.9250 -0.012) required by version 3"),
        (0.912, 0.0, "refused", "worse than the 0.9130 (0.9250 -0.012) required by version 3"),
        (0.93, 0.01, "promoted", "as good as the 0.9230 (0.9250 -0.002) required by version 3"),
        (0.92, 0.01, "refused", "worse than the 0.9230 (0.9250 -0.002) required by version 3"),
        (0.94, 0.01, "promoted", "as good as the 0.9350 (0.9250 +0.01) required by version 3"),
    ],
)
def test_the_required_score_is_lower_by_the_allowance(
    score: float, improvement: float, outcome: str, said: str
) -> None:
    found, policy = facts(score), POLICY.model_copy(update={"min_improvement": improvement})
    assert judge(found, policy).outcome == outcome
    check = check_of(found, "champion-comparison", policy)
    assert check.required == pytest.approx(0.925 + improvement - 0.012)
    assert said in check.message
    reason = "candidate's better validation score counts for 0.0120, because these rows decided"
    assert (reason in check.message) == (score < 0.925 + improvement)


def test_a_required_improvement_that_the_allowance_cancels_is_still_explained() -> None:
    policy = POLICY.model_copy(update={"min_improvement": 0.012})
    check = check_of(facts(0.926), "champion-comparison", policy)
    assert check.passed
    assert "accuracy 0.9260 is better than the 0.9250 of version 3" in check.message


def test_without_an_allowance_the_champions_score_is_required() -> None:
    found = facts(0.924, LUCK.model_copy(update={"allowance": 0.0}))
    check = failed(judge(found, POLICY))["champion-comparison"]
    assert check.required == 0.925
    assert "is worse than the 0.9250 of version 3, scored" in check.message
    assert "validation" not in check_of(found, "holdout-reuse").message


def test_an_error_is_shown_as_a_positive_number() -> None:
    policy = POLICY.model_copy(update={"metric": "neg_mean_absolute_error"})
    found = facts(-5.1, Luck(reused=400, explained=0.4, allowance=0.2), champion=-5.0)
    message = check_of(found, "champion-comparison", policy).message
    assert "MAE 5.1000 is at least as good as the 5.2000 (5.0000 +0.2) required" in message
    assert "counts for 0.2000" in message
    reuse = check_of(found, "holdout-reuse", policy)
    assert "has MAE 5.0000 on these rows; without luck it may be about 5.4000" in reuse.message
    assert (reuse.observed["luck"], reuse.observed["allowance"]) == (0.4, 0.2)


def test_a_confidence_counts_the_allowance_too() -> None:
    policy = POLICY.model_copy(update={"confidence": 0.95})
    check = check_of(facts(0.93, probability=0.96), "significance", policy)
    assert check.passed
    assert "is at least -0.03; at least -0.012 is required" in check.message
