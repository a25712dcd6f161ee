"""The checks of a holdout that is split by time name the time, and let the holdout move on."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.comparison_messages import (
    ComparisonResult,
    HoldoutResult,
    PairedScores,
    SeenRows,
)
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Champion, Facts, Submission
from gatekeeper.policy.policy import judge
from shared.contract.check_result import CheckResult
from shared.contract.time_split import TimeSplit
from tests.unit.gatekeeper.policy.toy_facts import MANIFEST, MODEL, POLICY

MONTHS = TimeSplit(column="month", unit="seconds", fitted_until=1767225600.0)
BY_TIME = MANIFEST.model_copy(
    update={"data": MANIFEST.data.model_copy(update={"time": MONTHS, "split_salt": ""})}
)
CHAMPION = Champion(3, "sha256:x", recorded_score=0.9, score=0.9, time=MONTHS)
ALL = PairedScores(rows=10, challenger=0.9, champion=0.9)


def check_of(
    name: str, compared: PairedScores | None = ALL, production: Champion = CHAMPION, **seen: object
) -> CheckResult:
    every = {"challenger": 0, "champion": 0, "lost_fraction": 0.0} | seen
    comparison = ComparisonResult(
        challenger=HoldoutResult(score=0.9, rows=10, predictions_vary=True, recalls=()),
        seen=SeenRows(rows=10).model_copy(update=every),
        compared=compared,
    )
    submission = Submission(BY_TIME.candidate_id, BY_TIME, MODEL.artefact)
    facts = Facts(submission, ScoringResult(0.9), production, comparison)
    checks = judge(facts, POLICY).checks
    return next(check for check in checks if check.name == name)


def test_newer_rows_pass_and_the_message_says_how_far_training_reached() -> None:
    check = check_of("holdout-unseen")
    assert check.passed
    assert check.message == (
        "All 10 rows are newer than those that either model was trained on; "
        "version 3 was trained on rows up to month 2026-01-01."
    )


def test_rows_up_to_the_champions_time_are_excluded() -> None:
    check = check_of(
        "holdout-unseen", PairedScores(rows=4, challenger=0.75, champion=0.5), champion=6
    )
    assert check.passed
    assert check.observed == {"rows": 10, "challenger": 0, "champion": 6, "compared": 4}
    assert check.message == (
        "Version 3 was trained on 6 of these 10 rows; both models are compared on the other 4, "
        "which are newer than month 2026-01-01."
    )


def test_without_newer_rows_the_challenger_is_refused() -> None:
    check = check_of("holdout-unseen", None, champion=10)
    assert not check.passed
    assert check.message.endswith("Train with more rows that are newer than month 2026-01-01.")


def test_a_holdout_that_is_not_newer_than_its_own_training_is_refused() -> None:
    check = check_of("holdout-unseen", champion=None, challenger=3)
    assert not check.passed
    assert "trained on 3 of the 10 rows of its holdout" in check.message


@pytest.mark.parametrize(("lost", "passed"), [(0.0, True), (0.005, True), (0.2, False)])
def test_rows_of_the_last_holdout_may_become_training_rows(lost: float, *, passed: bool) -> None:
    check = check_of("holdout-retained", lost_fraction=lost)
    assert check.passed == passed
    assert "the data" in check.message
    if not lost:
        assert "With TRAINER_TIME=month, the older ones may be training rows now." in check.message


def test_unknown_hashes_have_a_reason_although_times_show_the_seen_rows() -> None:
    for champion, reason in (
        (replace(CHAMPION, why_rows_unknown="The columns differ."), "The columns differ."),
        (CHAMPION, "The candidate has no rows.npz."),
    ):
        check = check_of("holdout-retained", production=champion, lost_fraction=None)
        assert check.passed
        assert check.message.endswith(reason)
