"""Every check of the gate passes good facts, and refuses when only it fails."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.comparison_messages import (
    ClassRecall,
    ComparisonResult,
    HoldoutResult,
    PairedScores,
    ScoreDifference,
    SeenRows,
    SliceScore,
)
from gatekeeper.evidence.evaluation_messages import (
    Opset,
    ScoringResult,
    ServingCost,
    ServingProfile,
)
from gatekeeper.evidence.facts import Champion, Facts, Runtimes, Submission
from gatekeeper.policy.policy import CHECKS, judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Descriptor, Manifest
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

MODEL = toy_model()
MANIFEST: Manifest = toy_candidate(MODEL, correct=9).manifest
POLICY = GatePolicy(
    metric="accuracy",
    floor=0.5,
    recall_floor=0.5,
    min_holdout_rows=10,
    slices="width",
    confidence=0.95,
    require_row_hashes=True,
    max_load_seconds=1.0,
    max_p95_ms=1.0,
    max_memory_mib=100.0,
    max_size_mib=1.0,
    trainer_keys=("one",),
)
SUBMITTED = Submission("x", MANIFEST, MODEL.artefact, signed_by="one")
COST = ServingCost(load_seconds=0.5, p95_ms=0.5, calls=60, memory_mib=50.0)
OPSET = Opset(domain="ai.onnx", version=17, newest=28)
SERVING = ServingProfile(cost=COST, opsets=(OPSET,))
ON_HOLDOUT = HoldoutResult(
    score=0.9,
    rows=10,
    predictions_vary=True,
    recalls=(ClassRecall(name="small", rows=10, recall=0.9),),
)
SLICE = SliceScore(column="width", value="low", rows=100, challenger=0.9, champion=0.9)
COMPARED = PairedScores(rows=10, challenger=0.9, champion=0.9)
SEEN = SeenRows(rows=10, challenger=0, champion=0, lost_fraction=0.0)
DIFFERENCE = ScoreDifference(
    difference=0.0, low=0.0, high=0.1, confidence=0.95, probability=0.95, resamples=10_000
)
COMPARISON = ComparisonResult(
    challenger=ON_HOLDOUT, seen=SEEN, compared=COMPARED, difference=DIFFERENCE, slices=(SLICE,)
)
GOOD = Facts(
    SUBMITTED,
    ScoringResult(0.9, serving=SERVING),
    Champion(3, "sha256:x", recorded_score=0.9, score=0.9, artefact=MODEL.artefact),
    COMPARISON,
    Runtimes({"onnxruntime": "1.32.0"}),
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
