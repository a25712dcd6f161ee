"""The check that one of the known trainers signed the manifest, byte for byte."""

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    submission = facts.submission
    error = submission.errors.get(check_ids.MANIFEST_SIGNED, "")
    if not (submission.signed_by or error):
        return None
    return Ruling(
        passed=not error,
        message=error or "The manifest is signed by a known trainer.",
        observed=submission.signed_by,
        required=list(policy.trainer_keys),
    )


MANIFEST_SIGNED = Check(
    id=check_ids.MANIFEST_SIGNED, title="manifest is signed by a known trainer", judge=_judge
)
