"""The check that the model is not one which a probation has rolled back."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, _policy: GatePolicy) -> Ruling | None:
    found = facts.taken_back
    if found is None:
        return None
    what = f"Decision {found.decision} rolled this model back. {found.reason}"
    if found.awaits_person:
        message = f"{what} A person decides whether it is promoted again."
    else:
        message = (
            f"{what} Train another model. To use this one all the same, run `make rollback` with "
            "its version, or set GATEKEEPER_APPROVAL=manual."
        )
    return Ruling(found.awaits_person, message, observed=found.decision)


NOT_ROLLED_BACK = Check(
    id="not-rolled-back",
    title="model was not rolled back by its probation",
    judge=_judge,
)
