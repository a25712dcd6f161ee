"""The words and the limits of the check of the total drop."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.evidence.pinned_scores import PinnedScores
from gatekeeper.policy.scores.total_drop import TOTAL_DROP
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from tests.unit.gatekeeper.policy.good_facts import COMPARISON, GOOD

PINNED = Champion(1, "sha256:y", recorded_score=0.9, score=0.9)


def judged(
    ours: float | None,
    theirs: float | None,
    *,
    metric: str = "accuracy",
    seen: int | None = 0,
    strict: bool = False,
) -> CheckResult:
    scores = PinnedScores(rows=100, challenger=ours, pinned=theirs, seen=seen)
    comparison = COMPARISON.model_copy(update={"pinned": scores})
    facts: Facts = replace(GOOD, comparison=comparison, pinned=PINNED)
    policy = GatePolicy(metric=metric, max_total_drop=0.01, require_row_hashes=strict)
    found = TOTAL_DROP.run(facts, policy)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("ours", "passed"), [(0.95, True), (0.9, True), (0.89, True), (0.88, False)]
)
def test_the_limit_itself_passes(ours: float, *, passed: bool) -> None:
    assert judged(ours, 0.9).passed == passed


def test_a_model_that_is_not_worse_has_no_drop_to_name() -> None:
    message = judged(0.9, 0.9).message
    assert "It is not worse; a drop of at most 0.01 is allowed." in message


def test_an_error_rises() -> None:
    found = judged(-2.05, -2.0, metric="neg_mean_absolute_error")
    assert not found.passed
    assert found.message.startswith("MAE 2.0500, and 2.0000 of version 1")
    assert "The difference is +0.05 in total; a rise of at most 0.01 is allowed." in found.message


def test_rows_without_hashes_are_named_and_refused_on_request() -> None:
    found = judged(0.9, 0.9, seen=None)
    assert found.passed
    assert "unknown which of these rows version 1 was trained on" in found.message
    assert not judged(0.9, 0.9, seen=None, strict=True).passed


def test_a_metric_that_cannot_be_computed_is_no_pass() -> None:
    found = judged(None, None, seen=100)
    assert not found.passed
    assert "GATEKEEPER_PINNED_VERSION" in found.message
