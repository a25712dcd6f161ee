"""The gate's policy: facts in, a verdict out."""

from dataclasses import dataclass

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.holdout.holdout_retained import HOLDOUT_RETAINED
from gatekeeper.policy.holdout.holdout_reuse import HOLDOUT_REUSE
from gatekeeper.policy.holdout.holdout_unseen import HOLDOUT_UNSEEN
from gatekeeper.policy.holdout.min_class_rows import MIN_CLASS_ROWS
from gatekeeper.policy.holdout.min_holdout_rows import MIN_HOLDOUT_ROWS
from gatekeeper.policy.live_rows.answers_reproduced import ANSWERS_REPRODUCED
from gatekeeper.policy.live_rows.changed_answers import CHANGED_ANSWERS
from gatekeeper.policy.live_rows.live_comparison import LIVE_COMPARISON, is_unsure_on_live_rows
from gatekeeper.policy.live_rows.live_rows_answered import LIVE_ROWS_ANSWERED
from gatekeeper.policy.scores.calibration_limit import CALIBRATION_LIMIT
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from gatekeeper.policy.scores.guard_metrics import GUARD_METRICS
from gatekeeper.policy.scores.prediction_cost import PREDICTION_COST
from gatekeeper.policy.scores.predictions_vary import PREDICTIONS_VARY
from gatekeeper.policy.scores.recall_floor import RECALL_FLOOR
from gatekeeper.policy.scores.score_floor import SCORE_FLOOR
from gatekeeper.policy.scores.significance import SIGNIFICANCE, is_clearly_worse
from gatekeeper.policy.scores.total_drop import TOTAL_DROP
from gatekeeper.policy.serving.runtime_supported import RUNTIME_SUPPORTED
from gatekeeper.policy.serving.serving_cost import SERVING_COSTS
from gatekeeper.policy.slices.slice_coverage import SLICE_COVERAGE
from gatekeeper.policy.slices.slice_drop import SLICE_DROP
from gatekeeper.policy.slices.slice_floor import SLICE_FLOOR
from gatekeeper.policy.slices.slice_gap import SLICE_GAP
from gatekeeper.policy.submission.bytes_match import BYTES_MATCH
from gatekeeper.policy.submission.formats_allowed import FORMATS_ALLOWED
from gatekeeper.policy.submission.golden_rows_reproduced import GOLDEN_ROWS_REPRODUCED
from gatekeeper.policy.submission.manifest_signed import MANIFEST_SIGNED
from gatekeeper.policy.submission.manifest_valid import MANIFEST_VALID
from gatekeeper.policy.submission.metric_matches import METRIC_MATCHES
from gatekeeper.policy.submission.not_rolled_back import NOT_ROLLED_BACK
from gatekeeper.policy.submission.operators_bounded import OPERATORS_BOUNDED
from gatekeeper.policy.submission.schema_compatible import SCHEMA_COMPATIBLE
from gatekeeper.policy.submission.score_reproduced import SCORE_REPRODUCED
from gatekeeper.policy.terms.check import Check
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Outcome

CHECKS: tuple[Check, ...] = (
    MANIFEST_SIGNED,
    MANIFEST_VALID,
    BYTES_MATCH,
    FORMATS_ALLOWED,
    METRIC_MATCHES,
    SCHEMA_COMPATIBLE,
    SCORE_REPRODUCED,
    GOLDEN_ROWS_REPRODUCED,
    NOT_ROLLED_BACK,
    OPERATORS_BOUNDED,
    RUNTIME_SUPPORTED,
    *SERVING_COSTS,
    HOLDOUT_UNSEEN,
    HOLDOUT_RETAINED,
    HOLDOUT_REUSE,
    SCORE_FLOOR,
    MIN_HOLDOUT_ROWS,
    MIN_CLASS_ROWS,
    PREDICTIONS_VARY,
    RECALL_FLOOR,
    SLICE_DROP,
    SLICE_COVERAGE,
    SLICE_FLOOR,
    SLICE_GAP,
    TOTAL_DROP,
    CALIBRATION_LIMIT,
    PREDICTION_COST,
    GUARD_METRICS,
    LIVE_ROWS_ANSWERED,
    ANSWERS_REPRODUCED,
    CHANGED_ANSWERS,
    LIVE_COMPARISON,
    SIGNIFICANCE,
    CHAMPION_COMPARISON,
)
"""All checks, in the order of a decision."""


@dataclass(frozen=True)
class Verdict:
    """The outcome for a candidate, and the results of all checks that ran."""

    outcome: Outcome
    checks: tuple[CheckResult, ...]


def judge(facts: Facts, policy: GatePolicy) -> Verdict:
    """Apply every check that can run. Promote a candidate that fails none of them."""
    possible = [check.run(facts, policy) for check in CHECKS]
    results = tuple(result for result in possible if result is not None)
    failed = {result.name for result in results if not result.passed}
    if failed and failed <= _find_unsure(facts, policy):
        return Verdict("inconclusive", results)
    if failed:
        return Verdict("refused", results)
    assert possible[-1] is not None, "a candidate without a comparison must fail before"  # noqa: S101 - a defect here would promote it
    if policy.skip_identical and _is_identical(facts) and not facts.brings_reference:
        return Verdict("unchanged", results)
    return Verdict("promoted", results)


def _find_unsure(facts: Facts, policy: GatePolicy) -> set[str]:
    """Return the checks that only fail because the result may be chance."""
    is_unsure = {
        SIGNIFICANCE.id: not is_clearly_worse(facts, policy),
        LIVE_COMPARISON.id: is_unsure_on_live_rows(facts, policy),
    }
    return {check for check, holds in is_unsure.items() if holds}


def _is_identical(facts: Facts) -> bool:
    manifest, champion = facts.submission.manifest, facts.champion
    return manifest is not None and champion is not None and manifest.digest == champion.digest
