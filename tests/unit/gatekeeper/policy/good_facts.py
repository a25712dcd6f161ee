"""Facts about a candidate that passes every check, and a policy that has all checks."""

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
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Manifest
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
