"""Every check of the gate passes good facts, and refuses when only it fails."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.comparison_messages import UnjudgedSlices
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.evidence.live_results import ChangedAnswers, FailedRows
from gatekeeper.evidence.taken_back import TakenBack
from gatekeeper.policy.holdout.holdout_reuse import HOLDOUT_REUSE
from gatekeeper.policy.live_rows.answers_reproduced import ANSWERS_REPRODUCED
from gatekeeper.policy.policy import CHECKS, judge
from shared.contract.documents import Descriptor
from tests.unit.gatekeeper.policy.good_facts import (
    COMPARED,
    COMPARISON,
    COST,
    COST_OF_ROWS,
    DIFFERENCE,
    GOOD,
    GUARD,
    LABELLED,
    LIVE,
    MANIFEST,
    ON_HOLDOUT,
    OPSET,
    PINNED,
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
        GOOD, challenger=ScoringResult(0.9, serving=SERVING.model_copy(update={"cost": cost}))
    )


def compared(**changes: object) -> Facts:
    return replace(GOOD, comparison=COMPARISON.model_copy(update=changes))


def answering(**changes: object) -> Facts:
    return compared(challenger=ON_HOLDOUT.model_copy(update=changes))


def on_live_rows(**changes: object) -> Facts:
    return replace(GOOD, live=LIVE.model_copy(update=changes))


STRANGE = Descriptor.describe("model.exe", "application/x-sh", b"")
NEWER = SERVING.model_copy(update={"opsets": (OPSET.model_copy(update={"version": 29}),)})
SMALL_SLICE = SLICE.model_copy(update={"value": "missing", "rows": 99})

LOOPING = SERVING.model_copy(update={"unbounded": ("Loop", "com.example:Solve")})
REFUSED = {
    "manifest-signed": handed_in("manifest-signed"),
    "manifest-valid": handed_in("manifest-valid"),
    "bytes-match": handed_in("bytes-match"),
    "formats-allowed": claiming(files=(*MANIFEST.files, STRANGE)),
    "metric-matches": claiming(metric="f1"),
    "schema-compatible": scored(None, "schema-compatible"),
    "score-reproduced": claiming(holdout_metrics={"accuracy": 1.0}),
    "golden-rows-reproduced": scored(0.9, "golden-rows-reproduced"),
    "not-rolled-back": replace(GOOD, taken_back=TakenBack(3, "Version 2 failed its probation.")),
    "operators-bounded": replace(GOOD, challenger=ScoringResult(0.9, serving=LOOPING)),
    "runtime-supported": replace(GOOD, challenger=ScoringResult(0.9, serving=NEWER)),
    "load-time-limit": serving(load_seconds=1.1),
    "p95-latency-limit": serving(p95_ms=1.1),
    "memory-limit": serving(memory_mib=101.0),
    "size-limit": (GOOD, POLICY.model_copy(update={"max_size_mib": 1e-6})),
    "holdout-unseen": compared(seen=SEEN.model_copy(update={"challenger": 1})),
    "holdout-retained": compared(seen=SEEN.model_copy(update={"lost_fraction": 0.2})),
    "score-floor": (GOOD, POLICY.model_copy(update={"floor": 0.95})),
    "min-holdout-rows": (GOOD, POLICY.model_copy(update={"min_holdout_rows": 11})),
    "min-class-rows": (GOOD, POLICY.model_copy(update={"min_class_rows": 11})),
    "predictions-vary": answering(predictions_vary=False),
    "recall-floor": (GOOD, POLICY.model_copy(update={"recall_floor": 0.95})),
    "slice-drop": compared(slices=(SLICE.model_copy(update={"challenger": 0.8}),)),
    "slice-coverage": compared(unjudged=UnjudgedSlices(slices=(SMALL_SLICE,), count=1)),
    "slice-floor": (GOOD, POLICY.model_copy(update={"slice_floor": 0.95})),
    "slice-gap": compared(slices=(SLICE, SLICE.model_copy(update={"challenger": 0.96}))),
    "total-drop": compared(pinned=PINNED.model_copy(update={"pinned": 0.95})),
    "calibration-limit": (GOOD, POLICY.model_copy(update={"max_calibration_error": 0.01})),
    "prediction-cost": (GOOD, POLICY.model_copy(update={"costs": {"small": {"large": 1.0}}})),
    "guard-metrics": compared(guards=(GUARD.model_copy(update={"challenger": 0.8}), COST_OF_ROWS)),
    "live-rows-answered": on_live_rows(failed=FailedRows(not_finite=1)),
    "changed-answers": on_live_rows(changed=ChangedAnswers(rows=200, changed=41)),
    "live-comparison": on_live_rows(labelled=LABELLED.model_copy(update={"challenger": 0.8})),
    "significance": compared(difference=DIFFERENCE.model_copy(update={"probability": 0.05})),
    "champion-comparison": compared(compared=COMPARED.model_copy(update={"challenger": 0.8})),
}
"""Facts, some with their own policy, that exactly one check refuses."""


def test_a_good_candidate_passes_every_check_with_a_sentence() -> None:
    verdict = judge(GOOD, POLICY)
    assert verdict.outcome == "promoted"
    assert [check.name for check in verdict.checks if check.name in REFUSED] == list(REFUSED)
    assert all(check.passed and check.message.endswith(".") for check in verdict.checks)


@pytest.mark.parametrize("name", REFUSED)
def test_each_check_refuses_when_only_it_fails(name: str) -> None:
    found = REFUSED[name]
    verdict = judge(*(found if isinstance(found, tuple) else (found, POLICY)))
    assert verdict.outcome == "refused"
    assert [check.name for check in verdict.checks if not check.passed] == [name]


def test_every_check_of_the_gate_is_tried_here() -> None:
    only_records = {HOLDOUT_REUSE.id, ANSWERS_REPRODUCED.id}
    assert list(REFUSED) == [check.id for check in CHECKS if check.id not in only_records]
