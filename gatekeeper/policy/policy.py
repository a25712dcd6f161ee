"""The gate's policy. Pure: facts in, a verdict out; no file, no clock, no HTTP."""

from dataclasses import dataclass

from gatekeeper.evidence.facts import Facts, GatePolicy
from gatekeeper.policy import (
    holdout_checks,
    prediction_checks,
    score_checks,
    serving_cost_checks,
    submission_checks,
)
from gatekeeper.policy.runtime_check import check_runtime
from gatekeeper.policy.schema_check import check_schema
from gatekeeper.policy.significance_check import check_chance, is_clearly_worse
from shared.contract.documents import CheckResult, Outcome


@dataclass(frozen=True)
class Verdict:
    """What becomes of a candidate, and every check that ran."""

    outcome: Outcome
    checks: tuple[CheckResult, ...]


def judge(facts: Facts, rules: GatePolicy) -> Verdict:
    """Apply every check that can run; a candidate that fails none is promoted."""
    possible = (
        submission_checks.check_signed(facts.submission, rules),
        submission_checks.check_manifest(facts.submission),
        submission_checks.check_bytes(facts.submission),
        submission_checks.check_formats(facts.submission, rules),
        submission_checks.check_metric(facts.submission, rules),
        check_schema(facts, rules),
        score_checks.check_claim(facts, rules),
        submission_checks.check_loads(facts),
        check_runtime(facts),
        serving_cost_checks.check_load_time(facts, rules),
        serving_cost_checks.check_answer_time(facts, rules),
        serving_cost_checks.check_memory(facts, rules),
        serving_cost_checks.check_size(facts, rules),
        holdout_checks.check_unseen(facts, rules),
        holdout_checks.check_kept(facts, rules),
        score_checks.check_floor(facts, rules),
        prediction_checks.check_min_rows(facts, rules),
        prediction_checks.check_varies(facts),
        prediction_checks.check_recalls(facts, rules),
        prediction_checks.check_slices(facts, rules),
        check_chance(facts, rules),
        score_checks.check_comparison(facts, rules),
    )
    ran = tuple(check for check in possible if check is not None)
    failed = {check.name for check in ran if not check.passed}
    if failed == {submission_checks.CHANCE} and not is_clearly_worse(facts, rules):
        return Verdict("inconclusive", ran)
    if failed:
        return Verdict("refused", ran)
    assert possible[-1] is not None, "a candidate that was not compared must have failed before"  # noqa: S101 - a defect here would promote it
    if rules.skip_identical and _is_identical(facts):
        return Verdict("unchanged", ran)
    return Verdict("promoted", ran)


def _is_identical(facts: Facts) -> bool:
    manifest, champion = facts.submission.manifest, facts.champion
    return manifest is not None and champion is not None and manifest.digest == champion.digest
