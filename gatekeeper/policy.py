"""The gate's policy. Pure: facts in, a verdict out; no file, no clock, no HTTP."""

from dataclasses import dataclass

from gatekeeper import answer_checks, checks, row_checks, score_checks, serving_checks
from gatekeeper.chance_check import check_chance, is_clearly_worse
from gatekeeper.facts import Facts, Rules
from gatekeeper.runtime_check import check_runtime
from gatekeeper.schema_check import check_schema
from shared.contract.documents import Check, Outcome


@dataclass(frozen=True)
class Verdict:
    """What becomes of a candidate, and every check that ran."""

    outcome: Outcome
    checks: tuple[Check, ...]


def judge(facts: Facts, rules: Rules) -> Verdict:
    """Apply every check that can run; a candidate that fails none is promoted."""
    possible = (
        checks.check_signed(facts.submission, rules),
        checks.check_manifest(facts.submission),
        checks.check_bytes(facts.submission),
        checks.check_formats(facts.submission, rules),
        checks.check_metric(facts.submission, rules),
        check_schema(facts, rules),
        score_checks.check_claim(facts, rules),
        checks.check_loads(facts),
        check_runtime(facts),
        serving_checks.check_load_time(facts, rules),
        serving_checks.check_answer_time(facts, rules),
        serving_checks.check_memory(facts, rules),
        serving_checks.check_size(facts, rules),
        row_checks.check_unseen(facts, rules),
        row_checks.check_kept(facts, rules),
        score_checks.check_floor(facts, rules),
        answer_checks.check_min_rows(facts, rules),
        answer_checks.check_varies(facts),
        answer_checks.check_recalls(facts, rules),
        answer_checks.check_slices(facts, rules),
        check_chance(facts, rules),
        score_checks.check_comparison(facts, rules),
    )
    ran = tuple(check for check in possible if check is not None)
    failed = {check.name for check in ran if not check.passed}
    if failed == {checks.CHANCE} and not is_clearly_worse(facts, rules):
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
