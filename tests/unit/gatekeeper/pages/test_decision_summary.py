"""The page of a decision answers in short what differs, how sure that is, and what to do."""

from dataclasses import replace
from typing import Any

import pytest

from gatekeeper.decisions.decision_draft import draft_decision
from gatekeeper.evidence.comparison_messages import (
    ComparisonResult,
    PairedScores,
    RowHistory,
    ScoreDifference,
    UnjudgedSlices,
)
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Facts
from gatekeeper.evidence.further_scores import Luck
from gatekeeper.pages.decision_summary import summarize
from gatekeeper.pages.overview import explain
from gatekeeper.policy.check_names import APPROVAL
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.store.store import ModelStore
from tests.unit.gatekeeper.policy.good_facts import COMPARISON, GOOD, MANIFEST

DEFAULT = GatePolicy(metric="accuracy")
SURE = GatePolicy(metric="accuracy", confidence=0.95)


def decide(store: ModelStore, policy: GatePolicy, found: Facts) -> Decision:
    log = store.decision_log()
    return draft_decision(log, found, judge(found, policy), policy.metric, MANIFEST.created_at)


def answers(decision: Decision) -> dict[str, str]:
    return {each.question: each.text for each in summarize(decision, explain(decision))}


def compared(score: float, champion: float, probability: float, **changes: Any) -> Facts:
    """Return facts about two models on 400 rows."""
    difference = ScoreDifference(
        difference=score - champion,
        low=score - champion - 0.025,
        high=score - champion + 0.025,
        confidence=0.95,
        probability=probability,
        resamples=10_000,
        rows=400,
        differing_rows=38,
        detectable=0.038,
        rows_to_show=3_613,
    )
    comparison = COMPARISON.model_copy(
        update={
            "compared": PairedScores(rows=400, challenger=score, champion=champion),
            "difference": difference.model_copy(update=changes),
            "slices": (),
        }
    )
    assert GOOD.champion is not None
    assert GOOD.submission.manifest is not None
    claims = GOOD.submission.manifest.model_copy(update={"holdout_metrics": {"accuracy": score}})
    return replace(
        GOOD,
        submission=replace(GOOD.submission, candidate_id=MANIFEST.candidate_id, manifest=claims),
        challenger=ScoringResult(score),
        champion=replace(GOOD.champion, score=champion),
        comparison=comparison,
    )


def test_a_refusal_says_that_a_new_try_proves_nothing(store: ModelStore) -> None:
    decision = decide(store, DEFAULT, compared(0.9025, 0.915, 0.2))
    assert decision.outcome == "refused"
    assert answers(decision) == {
        "Why this decision": (
            "accuracy 0.9025 is worse than the 0.9150 of version 3, scored on the same "
            "400 rows, which neither has seen."
        ),
        "What differs": (
            "accuracy is 0.9025, and production's is 0.9150, on the same 400 rows: "
            "the candidate is 0.0125 worse. The models differ on 38 rows."
        ),
        "How sure that is": (
            "Not sure: the difference may be chance. With confidence 0.95, the true difference, "
            "on all rows of this kind, is at least -0.0375; at least 0 is required. With the same "
            "confidence it is at most +0.0125. No GATEKEEPER_CONFIDENCE is set, so the scores on "
            "these rows decide."
        ),
        "On rows of production": (
            "10 % of the answers to 200 logged rows differ from production's. accuracy 0.9000, and "
            "0.9000 of production, on 100 logged rows with a label, which neither was fitted on. "
            "With confidence 0.95, the true difference, on all rows of this kind, is at least 0."
        ),
        "What these rows can show": (
            "400 rows can show a true difference of +0.038 or more, in 8 of 10 cases. Smaller ones "
            "are often missed. About 3,600 rows would show the difference that was found."
        ),
        "What to do for more": (
            "Train a better model, or add rows. A new try on the same rows may pass by chance, "
            "which proves nothing."
        ),
    }


def test_an_inconclusive_candidate_says_how_many_rows_are_needed(store: ModelStore) -> None:
    decision = decide(store, SURE, compared(0.9275, 0.915, 0.8))
    assert decision.outcome == "inconclusive"
    found = answers(decision)
    assert found["Why this decision"].startswith("Its score is as good as required, but")
    assert found["How sure that is"].startswith("Not sure: the difference may be chance.")
    advice = "Add data: a holdout of 3,600 rows needs a table of about 18,000 rows."
    assert found["What to do for more"].startswith(advice)
    assert "GATEKEEPER_MIN_IMPROVEMENT" in found["What to do for more"]


def test_a_promotion_that_may_be_chance_says_so(store: ModelStore) -> None:
    found = answers(decide(store, DEFAULT, compared(0.9275, 0.915, 0.8)))
    assert found["How sure that is"].startswith("Not sure: the difference may be chance.")
    assert "set GATEKEEPER_CONFIDENCE=0.95" in found["What to do for more"]


def test_a_sure_promotion_shows_a_bound_that_agrees(store: ModelStore) -> None:
    decision = decide(store, SURE, compared(0.945, 0.915, 0.99))
    assert decision.outcome == "promoted"
    assert answers(decision)["How sure that is"] == (
        "Sure that it is as good as required. With confidence 0.95, the true difference, on all "
        "rows of this kind, is at least +0.005; at least 0 is required."
    )


def test_a_surely_worse_candidate_is_not_sent_for_more_rows(store: ModelStore) -> None:
    found = answers(decide(store, SURE, compared(0.87, 0.915, 0.01)))
    assert found["How sure that is"].startswith("Sure that it is worse than required.")
    assert "More rows would show the same" in found["What to do for more"]


def test_the_first_model_has_nothing_to_be_compared_with(store: ModelStore) -> None:
    first = replace(
        compared(0.9, 0.9, 1.0), champion=None, comparison=ComparisonResult(), live=None
    )
    first = replace(first, comparison=COMPARISON.model_copy(update={"compared": None}))
    found = answers(decide(store, DEFAULT, first))
    assert "No model was in production" in found["What differs"]
    assert found.keys() == {"Why this decision", "What differs", "What to do for more"}
    assert "GATEKEEPER_FLOOR" in found["What to do for more"]


def test_a_champion_without_any_score_is_not_called_missing(store: ModelStore) -> None:
    facts = compared(0.9, 0.9, 0.5)
    assert facts.champion is not None
    unknown = replace(facts.champion, score=None, recorded_score=None, why_not_scored="it failed.")
    nothing = COMPARISON.model_copy(update={"compared": None, "difference": None})
    decision = decide(store, DEFAULT, replace(facts, champion=unknown, comparison=nothing))
    assert decision.outcome == "refused"
    assert answers(decision)["What differs"].startswith("Version 3 could not be scored on this")


def test_a_champion_that_cannot_be_scored_is_named(store: ModelStore) -> None:
    facts = compared(0.9, 0.9, 0.5)
    assert facts.champion is not None
    lost = replace(facts.champion, score=None, why_not_scored="its files are damaged.")
    nothing = COMPARISON.model_copy(update={"compared": None, "difference": None})
    decision = decide(store, SURE, replace(facts, champion=lost, comparison=nothing))
    found = answers(decision)
    assert "could not be compared on the same rows: its files are damaged" in found["What differs"]
    assert "How sure that is" not in found


def test_the_same_model_has_no_difference(store: ModelStore) -> None:
    same = {"difference": 0.0, "low": 0.0, "high": 0.0, "same_model": True, "differing_rows": 0}
    found = answers(decide(store, SURE, compared(0.9, 0.9, 1.0, **same)))
    assert found["What differs"] == "Nothing: it is the model in production, byte for byte."
    assert "How sure that is" not in found


def test_a_tie_says_that_these_rows_show_nothing(store: ModelStore) -> None:
    tie = {"low": -0.0075, "high": 0.0075, "differing_rows": 0, "detectable": None}
    facts = compared(0.9, 0.9, 0.5, **tie, rows_to_show=None, unseen_rows=3)
    decision = decide(store, SURE, facts)
    assert decision.outcome == "inconclusive"
    found = answers(decision)
    assert "No row tells the models apart" in found["What differs"]
    assert "of 400 new rows, 3 may be worse" in found["How sure that is"]
    assert found["What these rows can show"].startswith("They cannot show a difference")
    assert "so that more rows decide" in found["What to do for more"]


def test_a_refusal_by_another_check_names_it(store: ModelStore) -> None:
    floor = DEFAULT.model_copy(update={"floor": 0.95})
    found = answers(decide(store, floor, compared(0.93, 0.915, 0.9)))
    assert "score clears its floor" in found["What to do for more"]


def test_a_rejection_sends_to_the_person(store: ModelStore) -> None:
    decision = decide(store, DEFAULT, compared(0.93, 0.915, 0.9))
    rejected = CheckResult(
        name=APPROVAL, passed=False, observed="rejected", required="approved", message="Too new."
    )
    changes = {"outcome": "refused", "checks": (*decision.checks, rejected)}
    found = answers(decision.model_copy(update=changes))
    assert found["Why this decision"] == "Too new."
    assert found["What to do for more"].startswith("A person rejected it.")


@pytest.mark.parametrize("outcome", ["promoted", "refused"])
def test_a_decision_of_an_older_release_is_summarized(store: ModelStore, outcome: str) -> None:
    """It has an interval of two sides, and no bound."""
    decision = decide(store, DEFAULT, compared(0.93, 0.915, 0.9))
    old = {"difference": 0.015, "interval": [-0.01, 0.04], "confidence": 0.95, "probability": 0.9}
    checks = tuple(
        check.model_copy(update={"observed": old, "message": "An old sentence."})
        if check.name == "significance"
        else check
        for check in decision.checks
    )
    found = answers(decision.model_copy(update={"checks": checks, "outcome": outcome}))
    assert found["What differs"] == "An old sentence."
    assert "How sure that is" not in found


def test_a_rollback_has_no_summary(store: ModelStore) -> None:
    decision = decide(store, DEFAULT, compared(0.93, 0.915, 0.9))
    assert summarize(decision.model_copy(update={"outcome": "rolled_back"}), "") == ()


@pytest.mark.parametrize(
    ("times", "reused", "allowance", "said"),
    [
        (0, 400, 0.0, ""),
        (3, 0, 0.0, ""),
        (
            1,
            400,
            0.0,
            " 1 earlier decision used these rows, so part of production's score may be luck.",
        ),
        (3, 400, 0.01, " so a score that is worse by up to 0.0100 is accepted."),
    ],
)
def test_rows_that_decided_before_say_so(
    store: ModelStore, times: int, reused: int, allowance: float, said: str
) -> None:
    found = compared(0.9025, 0.915, 0.2)
    assert found.comparison is not None
    luck = Luck(reused=reused, explained=0.01, allowance=allowance)
    history = RowHistory(decisions=times, since_promotion=0, models=4, lead=0.01)
    comparison = found.comparison.model_copy(update={"luck": luck})
    decision = decide(store, DEFAULT, replace(found, comparison=comparison, history=history))
    text = answers(decision)["What these rows can show"]
    assert text.endswith(said or "would show the difference that was found.")


def test_slices_that_these_rows_cannot_judge_are_mentioned(store: ModelStore) -> None:
    found = compared(0.915, 0.9025, 0.8)
    assert found.comparison is not None
    comparison = found.comparison.model_copy(update={"unjudged": UnjudgedSlices(count=2)})
    policy = DEFAULT.model_copy(update={"slices": "width"})
    decision = decide(store, policy, replace(found, comparison=comparison))
    shown = answers(decision)["What these rows can show"]
    assert shown.endswith("They cannot judge 2 slices: see the check 'every slice is judged'.")
    assert "slices" not in answers(decide(store, DEFAULT, found))["What these rows can show"]
