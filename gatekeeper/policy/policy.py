"""The gate's policy: facts in, a verdict out."""

from dataclasses import dataclass

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.holdout.holdout_retained import HOLDOUT_RETAINED
from gatekeeper.policy.holdout.holdout_unseen import HOLDOUT_UNSEEN
from gatekeeper.policy.holdout.min_holdout_rows import MIN_HOLDOUT_ROWS
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from gatekeeper.policy.scores.predictions_vary import PREDICTIONS_VARY
from gatekeeper.policy.scores.recall_floor import RECALL_FLOOR
from gatekeeper.policy.scores.score_floor import SCORE_FLOOR
from gatekeeper.policy.scores.significance import SIGNIFICANCE, is_clearly_worse
from gatekeeper.policy.scores.slice_drop import SLICE_DROP
from gatekeeper.policy.serving.runtime_supported import RUNTIME_SUPPORTED
from gatekeeper.policy.serving.serving_cost import SERVING_COSTS
from gatekeeper.policy.submission.bytes_match import BYTES_MATCH
from gatekeeper.policy.submission.formats_allowed import FORMATS_ALLOWED
from gatekeeper.policy.submission.golden_rows_reproduced import GOLDEN_ROWS_REPRODUCED
from gatekeeper.policy.submission.manifest_signed import MANIFEST_SIGNED
from gatekeeper.policy.submission.manifest_valid import MANIFEST_VALID
from gatekeeper.policy.submission.metric_matches import METRIC_MATCHES
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
    RUNTIME_SUPPORTED,
    *SERVING_COSTS,
    HOLDOUT_UNSEEN,
    HOLDOUT_RETAINED,
    SCORE_FLOOR,
    MIN_HOLDOUT_ROWS,
    PREDICTIONS_VARY,
    RECALL_FLOOR,
    SLICE_DROP,
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
    if failed == {SIGNIFICANCE.id} and not is_clearly_worse(facts, policy):
        return Verdict("inconclusive", results)
    if failed:
        return Verdict("refused", results)
    assert possible[-1] is not None, "a candidate without a comparison must fail before"  # noqa: S101 - a defect here would promote it
    if policy.skip_identical and _is_identical(facts):
        return Verdict("unchanged", results)
    return Verdict("promoted", results)


def _is_identical(facts: Facts) -> bool:
    manifest, champion = facts.submission.manifest, facts.champion
    return manifest is not None and champion is not None and manifest.digest == champion.digest
