"""The check that trainer and gatekeeper use the same metric."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.comparability import quote_name
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.scoring.costs import Costs
from shared.scoring.scorer_names import NEG_COST, find_positive_class


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if facts.submission.manifest is None:
        return None
    manifest = facts.submission.manifest
    found, other_costs = manifest.metric, ""
    message = f"The candidate was selected by {found}"
    classes = facts.submission.artefact.classes if facts.submission.artefact else ()
    positive = find_positive_class(found, classes)
    if positive is not None:
        message += f", which measures the class {quote_name(positive)}"
    if found != policy.metric:
        message += f"; the gatekeeper decides by {policy.metric}. Set the same METRIC for all"
        message += " services"
    elif found == NEG_COST:
        other_costs = _find_difference(manifest.costs or {}, policy.costs or {})
    if other_costs:
        message += f" with other costs than the gatekeeper's: {other_costs}. Set the same "
        message += "GATEKEEPER_COSTS for all services"
    return Ruling(
        passed=found == policy.metric and not other_costs,
        message=f"{message}.",
        observed={"metric": found, "costs": manifest.costs} if other_costs else found,
        required={"metric": found, "costs": policy.costs} if other_costs else policy.metric,
    )


def _find_difference(found: Costs, required: Costs) -> str:
    """Name the first pair with two costs; empty if all are equal. Right predictions cost 0."""
    pairs = dict.fromkeys(
        (true, name) for each in (found, required) for true in each for name in each[true]
    )
    for true, predicted in pairs:
        default = 0.0 if true == predicted else None
        theirs, ours = (each.get(true, {}).get(predicted, default) for each in (found, required))
        if theirs != ours:
            shown = ["no cost" if each is None else f"{each:g}" for each in (theirs, ours)]
            return (
                f"predicting {quote_name(predicted)} for {quote_name(true)} has {shown[0]} there "
                f"and {shown[1]} here"
            )
    return ""


METRIC_MATCHES = Check(id="metric-matches", title="metric is the gatekeeper's", judge=_judge)
