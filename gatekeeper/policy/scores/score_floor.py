"""The check that the score reaches the minimum that the operator requires of any model."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import encode_score, format_distinct


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if policy.floor is None or facts.challenger is None or facts.challenger.score is None:
        return None
    score = facts.challenger.score
    passed = score >= policy.floor
    observed, required = format_distinct(score, policy.floor)
    message = f"{policy.metric} {observed} {'clears' if passed else 'is below'} the floor of "
    message += f"{required}." if passed else f"{required}. See GATEKEEPER_FLOOR."
    return Ruling(passed, message, observed=encode_score(score), required=policy.floor)


SCORE_FLOOR = Check(id="score-floor", title="score clears its floor", judge=_judge)
