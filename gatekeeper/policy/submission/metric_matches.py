"""The check that trainer and gatekeeper use the same metric."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if facts.submission.manifest is None:
        return None
    found = facts.submission.manifest.metric
    message = f"The candidate was selected by {found}"
    if found != policy.metric:
        message += f"; the gatekeeper decides by {policy.metric}. Set the same METRIC for all"
        message += " services"
    return Ruling(
        passed=found == policy.metric,
        message=f"{message}.",
        observed=found,
        required=policy.metric,
    )


METRIC_MATCHES = Check(id="metric-matches", title="metric is the gatekeeper's", judge=_judge)
