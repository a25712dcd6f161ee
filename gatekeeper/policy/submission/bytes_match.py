"""The check that every described file is there and whole, and that there is no other file."""

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, _: GatePolicy) -> Ruling | None:
    submission = facts.submission
    error = submission.errors.get(check_ids.BYTES_MATCH, "")
    if submission.manifest is None or not (submission.artefact or error):
        return None
    described = len(submission.manifest.files)
    return Ruling(
        passed=not error,
        message=error or f"All {described} files match their descriptors.",
        observed=None if error else described,
        required=described,
    )


BYTES_MATCH = Check(id=check_ids.BYTES_MATCH, title="files match their descriptors", judge=_judge)
