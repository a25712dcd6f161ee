"""Every check of the gate passes good facts, and refuses when only it fails."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.evaluation_messages import (
    ScoringResult,
    ServingProfile,
)
from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.policy.policy import CHECKS, judge
from shared.contract.documents import Descriptor
from tests.unit.gatekeeper.policy.good_facts import (
    COMPARED,
    COMPARISON,
    COST,
    DIFFERENCE,
    GOOD,
    MANIFEST,
    ON_HOLDOUT,
    OPSET,
    POLICY,
    SEEN,
    SERVING,
    SLICE,
    SUBMITTED,
)


def handed_in(check: str) -> Facts:
    """Return facts about a submission that cannot be scored."""
    manifest = MANIFEST if check == "bytes-match" else None
    signed_by = None if check == "manifest-signed" else "one"
    return Facts(Submission("x", manifest, signed_by=signed_by, errors={check: "It is not."}))


def claiming(**changes: object) -> Facts:
    manifest = MANIFEST.model_copy(update=changes)
    return replace(GOOD, submission=replace(SUBMITTED, manifest=manifest))


def scored(score: float | None, check: str) -> Facts:
    return replace(GOOD, challenger=ScoringResult(score, {check: "It does not."}, SERVING))


def serving(**changes: object) -> Facts:
    cost = COST.model_copy(update=changes)
    return replace(
        GOOD, challenger=ScoringResult(0.9, serving=ServingProfile(cost=cost, opsets=(OPSET,)))
    )


def compared(**changes: object) -> Facts:
    return replace(GOOD, comparison=COMPARISON.model_copy(update=changes))


def answering(**changes: object) -> Facts:
    return compared(challenger=ON_HOLDOUT.model_copy(update=changes))


STRANGE = Descriptor.describe("model.exe", "application/x-sh", b"")
NEWER = ServingProfile(cost=COST, opsets=(OPSET.model_copy(update={"version": 29}),))
REFUSED = {
    "manifest-signed": handed_in("manifest-signed"),
    "manifest-valid": handed_in("manifest-valid"),
    "bytes-match": handed_in("bytes-match"),
    "formats-allowed": claiming(files=(*MANIFEST.files, STRANGE)),
    "metric-matches": claiming(metric="f1"),
    "schema-compatible": scored(None, "schema-compatible"),
    "score-reproduced": claiming(holdout_metrics={"accuracy": 1.0}),
    "golden-rows-reproduced": scored(0.9, "golden-rows-reproduced"),
    "runtime-supported": replace(GOOD, challenger=ScoringResult(0.9, serving=NEWER)),
    "load-time-limit": serving(load_seconds=1.1),
    "p95-latency-limit": serving(p95_ms=1.1),
    "memory-limit": serving(memory_mib=101.0),
    "size-limit": (GOOD, POLICY.model_copy(update={"max_size_mib": 1e-6})),
    "holdout-unseen": compared(seen=SEEN.model_copy(update={"challenger": 1})),
    "holdout-retained": compared(seen=SEEN.model_copy(update={"lost_fraction": 0.2})),
    "score-floor": (GOOD, POLICY.model_copy(update={"floor": 0.95})),
    "min-holdout-rows": (GOOD, POLICY.model_copy(update={"min_holdout_rows": 11})),
    "predictions-vary": answering(predictions_vary=False),
    "recall-floor": (GOOD, POLICY.model_copy(update={"recall_floor": 0.95})),
    "slice-drop": compared(slices=(SLICE.model_copy(update={"challenger": 0.8}),)),
    "significance": compared(difference=DIFFERENCE.model_copy(update={"probability": 0.05})),
    "champion-comparison": compared(compared=COMPARED.model_copy(update={"challenger": 0.8})),
}
"""Facts, some with their own policy, that exactly one check refuses."""


def test_a_good_candidate_passes_every_check_with_a_sentence() -> None:
    verdict = judge(GOOD, POLICY)
    assert verdict.outcome == "promoted"
    assert [check.name for check in verdict.checks] == list(REFUSED)
    assert all(check.passed and check.message.endswith(".") for check in verdict.checks)


@pytest.mark.parametrize("name", REFUSED)
def test_each_check_refuses_when_only_it_fails(name: str) -> None:
    found = REFUSED[name]
    verdict = judge(*(found if isinstance(found, tuple) else (found, POLICY)))
    assert verdict.outcome == "refused"
    assert [check.name for check in verdict.checks if not check.passed] == [name]


def test_every_check_of_the_gate_is_tried_here() -> None:
    assert list(REFUSED) == [check.id for check in CHECKS]
