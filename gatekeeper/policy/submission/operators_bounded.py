"""The check that the work of a model has a bound, and that its result is not random."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if facts.challenger is None or facts.challenger.serving.unbounded is None:
        return None
    allowed = sorted(policy.allowed_operators)
    observed = list(facts.challenger.serving.unbounded)
    refused = [name for name in observed if name not in allowed]
    message = "The work of every operator has a bound, and none is random."
    if refused:
        message = (
            f"The model has operators whose work has no bound, or that are random or not of "
            f"ONNX: {', '.join(refused)}. For some rows they may never end. "
            "Export the model without them, or see GATEKEEPER_ALLOW_OPERATORS."
        )
    elif observed:
        message = f"GATEKEEPER_ALLOW_OPERATORS allows {', '.join(observed)}."
    return Ruling(passed=not refused, message=message, observed=observed, required=allowed)


OPERATORS_BOUNDED = Check(id="operators-bounded", title="operators have bounded work", judge=_judge)
