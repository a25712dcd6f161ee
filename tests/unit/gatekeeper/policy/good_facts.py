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
from gatekeeper.evidence.further_scores import Calibration, GuardScore
from gatekeeper.evidence.live_results import (
    ChangedAnswers,
    LabelledScores,
    LiveResult,
    ReproducedAnswers,
)
from gatekeeper.evidence.pinned_scores import PinnedScores
from gatekeeper.evidence.taken_back import TakenBack
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
    min_class_rows=10,
    slices="width",
    slice_required=True,
    slice_floor=0.5,
    slice_gap=0.05,
    max_calibration_error=0.1,
    costs={"small": {"large": 1.0}, "large": {"small": 1.0}},
    guards="recall:-0.05",
    confidence=0.95,
    max_total_drop=0.01,
    require_row_hashes=True,
    max_changed_answers=0.2,
    live_holdout=True,
    max_load_seconds=1.0,
    max_p95_ms=1.0,
    max_memory_mib=100.0,
    max_size_mib=1.0,
    trainer_keys=("one",),
)
SUBMITTED = Submission("x", MANIFEST, MODEL.artefact, signed_by="one")
COST = ServingCost(load_seconds=0.5, p95_ms=0.5, calls=60, memory_mib=50.0)
OPSET = Opset(domain="ai.onnx", version=17, newest=28)
SERVING = ServingProfile(cost=COST, opsets=(OPSET,), unbounded=())
ON_HOLDOUT = HoldoutResult(
    score=0.9,
    rows=10,
    predictions_vary=True,
    recalls=(ClassRecall(name="small", rows=10, recall=0.9),),
    calibration=Calibration(error=0.05, low=0.0, high=0.1, confidence=0.95, bins=1),
)
SLICE = SliceScore(column="width", value="low", rows=100, challenger=0.9, champion=0.9)
OTHER_SLICE = SLICE.model_copy(update={"value": "high"})
GUARD = GuardScore(metric="recall", rows=10, challenger=0.9, champion=0.9)
COST_OF_ROWS = GuardScore(metric="neg_cost", rows=10, challenger=-0.1, champion=-0.1)
COMPARED = PairedScores(rows=10, challenger=0.9, champion=0.9)
SEEN = SeenRows(rows=10, challenger=0, champion=0, lost_fraction=0.0)
DIFFERENCE = ScoreDifference(
    difference=0.0,
    low=0.0,
    high=0.1,
    confidence=0.95,
    probability=0.95,
    resamples=10_000,
    rows=10,
)
LABELLED = LabelledScores(
    labelled=100, rows=100, ids=100, challenger=0.9, champion=0.9, difference=DIFFERENCE
)
LIVE = LiveResult(
    rows=200,
    answered=200,
    changed=ChangedAnswers(rows=200, changed=20),
    reproduced=ReproducedAnswers(rows=200, reproduced=200, exact=200),
    labelled=LABELLED,
)
PINNED = PinnedScores(rows=10, challenger=0.9, pinned=0.9, seen=0)
COMPARISON = ComparisonResult(
    challenger=ON_HOLDOUT,
    seen=SEEN,
    compared=COMPARED,
    pinned=PINNED,
    difference=DIFFERENCE,
    slices=(SLICE, OTHER_SLICE),
    guards=(GUARD, COST_OF_ROWS),
)
GOOD = Facts(
    SUBMITTED,
    ScoringResult(0.9, serving=SERVING),
    Champion(3, "sha256:x", recorded_score=0.9, score=0.9, artefact=MODEL.artefact),
    COMPARISON,
    Runtimes({"onnxruntime": "1.32.0"}),
    live=LIVE,
    pinned=Champion(1, "sha256:y", recorded_score=0.9, score=0.9, artefact=MODEL.artefact),
    taken_back=TakenBack(3, "Version 2 failed its probation.", awaits_person=True),
)
