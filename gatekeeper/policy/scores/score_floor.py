"""The check that the score reaches the minimum that the operator requires of any model."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import encode_score, show_distinct
from shared.metric_text import is_error, name_metric


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if policy.floor is None or facts.challenger is None or facts.challenger.score is None:
        return None
    score = facts.challenger.score
    passed = score >= policy.floor
    observed, required = show_distinct(policy.metric, score, policy.floor)
    beyond = "is above" if is_error(policy.metric) else "is below"
    message = f"{name_metric(policy.metric)} {observed} {'clears' if passed else beyond} the floor "
    message += f"of {required}." if passed else f"of {required}. See GATEKEEPER_FLOOR."
    return Ruling(passed, message, observed=encode_score(score), required=policy.floor)


SCORE_FLOOR = Check(id="score-floor", title="score clears its floor", judge=_judge)
