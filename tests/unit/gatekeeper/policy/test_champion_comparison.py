"""The challenger must be as good as the champion, within the required improvement."""

import math
from dataclasses import replace

import pytest

from gatekeeper.policy.policy import judge
from tests.unit.gatekeeper.policy.toy_facts import CHAMPION, GOOD, POLICY, failed, with_score


@pytest.mark.parametrize(
    ("score", "champion", "min_improvement", "outcome", "required"),
    [
        (0.9, 0.9, 0.0, "promoted", 0.9),
        (math.nextafter(0.9, 0) - 1e-9, 0.9, 0.0, "refused", 0.9),
        (0.91, 0.9, 0.0, "promoted", 0.9),
        (0.97, 0.96, 0.01, "promoted", 0.97),
        (0.969, 0.96, 0.01, "refused", 0.97),
        (0.96, 0.96, 0.01, "refused", 0.97),
        (0.95, 0.96, -0.01, "promoted", 0.95),
        (0.949, 0.96, -0.01, "refused", 0.95),
        (-0.3, -0.2, -0.1, "promoted", -0.3),
        (0.0, 0.0, 0.0, "promoted", 0.0),
    ],
)
def test_the_challenger_must_be_as_good_as_the_champion_plus_the_improvement(
    score: float, champion: float, min_improvement: float, outcome: str, required: float
) -> None:
    facts = replace(with_score(score, score), champion=replace(CHAMPION, score=champion))
    verdict = judge(facts, POLICY.model_copy(update={"min_improvement": min_improvement}))
    check = verdict.checks[-1]
    assert (verdict.outcome, check.observed) == (outcome, score)
    assert check.required == pytest.approx(required)
    assert "version 3, scored on the same rows" in check.message


def test_scores_that_differ_are_shown_with_enough_decimals() -> None:
    facts = replace(with_score(0.89999, 0.89999), champion=CHAMPION)
    assert (
        "0.899990 is worse than the 0.900000 of version 3"
        in judge(facts, POLICY).checks[-1].message
    )


@pytest.mark.parametrize(
    ("score", "min_improvement", "said"),
    [
        (0.95, 0.0, "accuracy 0.9500 is better than the 0.9000 of version 3, scored"),
        (0.9, 0.0, "accuracy 0.9000 is equal to the 0.9000 of version 3, scored"),
        (0.9 - 1e-14, 0.0, "accuracy 0.9000 is equal to the 0.9000 of version 3, scored"),
        (0.85, 0.0, "accuracy 0.8500 is worse than the 0.9000 of version 3, scored"),
        (0.95, 0.01, "0.9500 is at least as good as the 0.9100 (0.9000 +0.01) required by"),
        (0.9, 0.01, "0.9000 is worse than the 0.9100 (0.9000 +0.01) required by version 3, "),
        (0.9, -0.01, "0.9000 is at least as good as the 0.8900 (0.9000 -0.01) required by"),
    ],
)
def test_the_comparison_is_said_without_a_double_negation(
    score: float, min_improvement: float, said: str
) -> None:
    facts = replace(with_score(score, score), champion=CHAMPION)
    policy = POLICY.model_copy(update={"min_improvement": min_improvement})
    assert said in judge(facts, policy).checks[-1].message


def test_a_champion_that_cannot_be_scored_is_compared_by_its_recorded_score() -> None:
    damaged = replace(
        CHAMPION, score=None, recorded_score=0.95, why_not_scored="its files are damaged."
    )
    verdict = judge(replace(GOOD, champion=damaged), POLICY)
    assert verdict.outcome == "refused"
    check = failed(verdict)["champion-comparison"]
    assert (check.observed, check.required) == (0.9, 0.95)
    assert "recorded when it was promoted" in check.message
    assert "on this holdout: its files are damaged." in check.message
    weaker = replace(damaged, recorded_score=0.8)
    assert judge(replace(GOOD, champion=weaker), POLICY).outcome == "promoted"


def test_a_champion_that_cannot_be_compared_at_all_is_not_replaced() -> None:
    lost = replace(
        CHAMPION, score=None, recorded_score=None, why_not_scored="its files are damaged."
    )
    verdict = judge(replace(GOOD, champion=lost), POLICY)
    assert list(failed(verdict)) == ["champion-comparison"]
    assert "Set METRIC" in failed(verdict)["champion-comparison"].message
