"""The check that the recall of every class reaches the minimum that the operator requires."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import MOST_SHOWN, Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.score_format import format_score
from shared.text import quote


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    result = facts.comparison.challenger if facts.comparison else None
    if result is None or not result.recalls or policy.recall_floor is None:
        return None
    known = sorted((each.recall, each.name) for each in result.recalls if each.recall is not None)
    absent = [each.name for each in result.recalls if each.recall is None]
    lowest, name = known[0]
    passed = lowest >= policy.recall_floor and not absent
    if absent:
        message = f"The holdout has no row of class {quote(absent[0])}, so its recall is unknown."
    else:
        message = (
            f"The lowest recall is {format_score(lowest)}, of class {quote(name)}; "
            f"at least {policy.recall_floor:g} is required for every class."
        )
    return Ruling(
        passed=passed,
        message=message if passed else f"{message} See GATEKEEPER_RECALL_FLOOR.",
        observed={name: recall for recall, name in known[:MOST_SHOWN]},
        required=policy.recall_floor,
    )


RECALL_FLOOR = Check(
    id="recall-floor", title="recall of every class clears its floor", judge=_judge
)
