"""The check that the manifest can be read, and that the log can record what it says."""

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.layout import FORMAT_VERSION


def _judge(facts: Facts, _: GatePolicy) -> Ruling | None:
    submission = facts.submission
    if check_ids.MANIFEST_SIGNED in submission.errors:
        return None
    error = submission.errors.get(check_ids.MANIFEST_VALID, "")
    return Ruling(
        passed=not error,
        message=error or "The manifest is valid.",
        observed=submission.manifest.format_version if submission.manifest else None,
        required=FORMAT_VERSION,
    )


MANIFEST_VALID = Check(id=check_ids.MANIFEST_VALID, title="manifest is valid", judge=_judge)
