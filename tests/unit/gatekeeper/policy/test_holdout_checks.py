"""The checks of the holdout rows: each passes, and each refuses."""

from dataclasses import replace
from typing import Any

import pytest

from gatekeeper.decisions.decision_draft import draft_decision
from gatekeeper.evidence.comparison_messages import (
    ComparisonResult,
    HoldoutResult,
    PairedScores,
    SeenRows,
)
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Champion, EarlierHoldouts, Facts, Submission
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.live_row_counts import LiveRowCounts
from shared.store.store import ModelStore
from tests.unit.gatekeeper.policy.toy_facts import MANIFEST, MODEL, POLICY

STRICT = POLICY.model_copy(update={"require_row_hashes": True})
CHALLENGER = HoldoutResult(score=0.9, rows=10, predictions_vary=True, recalls=())
CHAMPION = Champion(
    3, "sha256:x", recorded_score=0.9, score=0.9, why_rows_unknown="Its columns are others."
)
SEEN = SeenRows(rows=10, challenger=0, champion=0, lost_fraction=0.0)
ALL = PairedScores(rows=10, challenger=0.9, champion=0.9)


def facts(
    compared: PairedScores | None = ALL, production: Champion | None = CHAMPION, **seen: object
) -> Facts:
    comparison = ComparisonResult(
        challenger=CHALLENGER, seen=SEEN.model_copy(update=seen), compared=compared
    )
    submission = Submission(MANIFEST.candidate_id, MANIFEST, MODEL.artefact)
    return Facts(submission, ScoringResult(0.9), production, comparison)


def check_of(found: Facts, name: str, policy: GatePolicy = POLICY) -> CheckResult:
    return next(check for check in judge(found, policy).checks if check.name == name)


def refused_by(found: Facts, policy: GatePolicy = POLICY) -> CheckResult:
    """Return the only check that failed."""
    verdict = judge(found, policy)
    assert verdict.outcome == "refused"
    (check,) = [check for check in verdict.checks if not check.passed]
    return check


def test_rows_that_neither_model_has_seen_pass() -> None:
    assert judge(facts(), STRICT).outcome == "promoted"
    assert (
        check_of(facts(), "holdout-unseen").message
        == "Neither model was trained on any of these 10 rows."
    )
    kept = check_of(facts(), "holdout-retained")
    assert (kept.observed, kept.message.startswith("All rows")) == (0.0, True)


def test_for_a_first_model_only_its_own_rows_are_checked() -> None:
    first = facts(None, None, champion=None, lost_fraction=None)
    verdict = judge(first, STRICT)
    assert verdict.outcome == "promoted"
    assert "holdout-retained" not in {check.name for check in verdict.checks}
    assert "The challenger was not trained on any" in check_of(first, "holdout-unseen").message


def test_a_challenger_trained_on_its_holdout_is_refused() -> None:
    check = refused_by(facts(challenger=2))
    assert check.name == "holdout-unseen"
    assert "trained on 2 of the 10 rows" in check.message


def test_unreadable_hashes_of_the_challenger_are_refused() -> None:
    check = refused_by(
        facts(challenger=None, champion=None, lost_fraction=None, challenger_error="Odd.")
    )
    assert (check.name, "cannot be read. Odd." in check.message) == ("holdout-unseen", True)


def test_rows_that_the_champion_has_seen_are_excluded() -> None:
    found = facts(PairedScores(rows=4, challenger=0.75, champion=0.5), champion=6)
    check = check_of(found, "holdout-unseen")
    assert check.passed
    assert check.observed == {"rows": 10, "challenger": 0, "champion": 6, "compared": 4}
    assert "trained on 6 of these 10 rows; both models are compared on the other 4" in check.message
    comparison = check_of(found, "champion-comparison")
    assert (comparison.observed, comparison.required) == (0.75, 0.5)
    assert "on the same 4 rows, which neither has seen" in comparison.message


def test_only_rows_that_neither_model_has_seen_decide() -> None:
    worse = facts(PairedScores(rows=4, challenger=0.5, champion=0.75), champion=6)
    assert refused_by(worse).name == "champion-comparison"


def test_the_log_holds_the_scores_that_were_compared(store: ModelStore) -> None:
    found = facts(PairedScores(rows=4, challenger=0.75, champion=0.5), champion=6)
    now = MANIFEST.created_at
    decision = draft_decision(store.decision_log(), found, judge(found, POLICY), "accuracy", now)
    assert (decision.scores["challenger"], decision.scores["champion"]) == (0.75, 0.5)


def test_min_holdout_rows_counts_only_unseen_rows() -> None:
    found = facts(PairedScores(rows=4, challenger=0.9, champion=0.9), champion=6)
    check = refused_by(found, POLICY.model_copy(update={"min_holdout_rows": 5}))
    assert (check.name, check.observed) == ("min-holdout-rows", 4)
    assert "4 rows of 10 that neither model has seen" in check.message


def test_a_holdout_that_the_champion_has_seen_entirely_is_refused() -> None:
    check = refused_by(facts(None, champion=10))
    assert check.name == "holdout-unseen"
    assert "accuracy cannot be computed on the other 0" in check.message
    assert "TRAINER_SPLIT_SALT" in check.message


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ({"challenger": None, "champion": None, "lost_fraction": None}, "has no rows.npz"),
        ({"champion": None, "lost_fraction": None}, "Version 3: Its columns are others."),
    ],
)
def test_missing_hashes_are_recorded_and_refused_on_request(seen: dict[str, Any], why: str) -> None:
    for name in ("holdout-unseen", "holdout-retained"):
        check = check_of(facts(**seen), name)
        assert check.passed
        assert why in check.message
        strict = check_of(facts(**seen), name, STRICT)
        assert not strict.passed
        assert "GATEKEEPER_REQUIRE_ROW_HASHES=true requires it." in strict.message


def test_damaged_hashes_of_the_champion_are_only_recorded() -> None:
    readable = replace(CHAMPION, why_rows_unknown="")
    check = check_of(
        facts(ALL, readable, champion=None, lost_fraction=None, champion_error="Cut."),
        "holdout-unseen",
    )
    assert (check.passed, "Version 3: Cut." in check.message) == (True, True)


def test_rows_seen_by_a_champion_without_a_score_here_do_not_matter() -> None:
    elsewhere = replace(CHAMPION, score=None, why_not_scored="its columns are others.")
    assert check_of(facts(None, elsewhere, champion=10), "holdout-unseen").passed


def test_a_holdout_that_lost_rows_is_refused() -> None:
    check = refused_by(facts(lost_fraction=0.2))
    assert (check.name, check.observed, check.required) == ("holdout-retained", 0.2, 0.01)
    assert check.message.startswith(
        "20.0% of the rows that version 3 was judged on are missing here; at most 1.0% may be "
    )
    assert "TRAINER_NEW_HOLDOUT=true" in check.message


def test_a_holdout_that_lost_rows_names_live_rows_that_expire() -> None:
    live = LiveRowCounts(rows=5, parts={"train": 4, "validation": 0, "holdout": 1})
    found = facts(lost_fraction=0.2)
    data = MANIFEST.data.model_copy(update={"live": live})
    manifest = MANIFEST.model_copy(update={"data": data})
    found = replace(found, submission=replace(found.submission, manifest=manifest))
    assert "after PREDICTOR_LOG_DAYS: write them to your table" in refused_by(found).message
    assert "PREDICTOR_LOG_DAYS" not in refused_by(facts(lost_fraction=0.2)).message


def test_a_loss_within_the_limit_passes() -> None:
    assert check_of(facts(lost_fraction=0.01), "holdout-retained").passed
    assert check_of(
        facts(lost_fraction=1.0),
        "holdout-retained",
        POLICY.model_copy(update={"max_holdout_loss": 1.0}),
    ).passed


def test_a_holdout_declared_new_passes() -> None:
    found = facts(lost_fraction=0.8)
    manifest = MANIFEST.model_copy(update={"new_holdout": True})
    check = check_of(
        replace(found, submission=replace(found.submission, manifest=manifest)), "holdout-retained"
    )
    assert check.passed
    assert "TRAINER_NEW_HOLDOUT" in check.message


def test_losses_of_earlier_models_are_named_and_add_up() -> None:
    long_ago = replace(CHAMPION, earlier=EarlierHoldouts(since=1, lost_before=0.006))
    check = refused_by(facts(ALL, long_ago, lost_fraction=0.005, kept_rows=400))
    assert check.observed == pytest.approx(1 - (1 - 0.006) * (1 - 0.005))
    assert check.message.startswith(
        "1.1% of the rows that versions 1 to 3 were judged on are missing here; at most 1.0% "
    )
    kept = check_of(facts(ALL, replace(CHAMPION, earlier=EarlierHoldouts(since=2))), check.name)
    assert kept.message == "All rows that versions 2 to 3 were judged on are in this holdout."
