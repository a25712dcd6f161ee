"""The check that the recall of every class reaches the minimum that the operator requires.

A recall on few rows is uncertain, so the check names the rows and an interval. It also names the
classes on which these rows cannot show the minimum, even with all of them right.
"""

import math
from collections.abc import Sequence

from gatekeeper.evidence.comparison_messages import RECALL_CONFIDENCE, ClassRecall
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import MOST_SHOWN, Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.score_format import format_score
from shared.text import join_some, quote


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    result = facts.comparison.challenger if facts.comparison else None
    if result is None or not result.recalls or policy.recall_floor is None:
        return None
    known = sorted(
        (each for each in result.recalls if each.recall is not None),
        key=lambda each: (each.recall, each.name),
    )
    absent = [each.name for each in result.recalls if each.recall is None]
    lowest, floor = known[0], policy.recall_floor
    assert lowest.recall is not None  # noqa: S101 - it is known
    passed = lowest.recall >= floor and not absent
    if absent:
        message = f"The holdout has no row of class {quote(absent[0])}, so its recall is unknown."
    else:
        message = (
            f"The lowest recall is {format_score(lowest.recall)}, of class {quote(lowest.name)}"
            f"{_describe_interval(lowest)}; at least {floor:g} is required for every class."
        )
    message += _describe_few_rows(known, floor)
    return Ruling(
        passed=passed,
        message=message if passed else f"{message} See GATEKEEPER_RECALL_FLOOR.",
        observed=[
            {
                "class": each.name,
                "recall": each.recall,
                "rows": each.rows,
                "low": each.low,
                "high": each.high,
            }
            | ({"keys": each.keys} if each.keys else {})
            for each in known[:MOST_SHOWN]
        ],
        required=floor,
    )


def count_needed_rows(floor: float) -> int | None:
    """Return the fewest rows of a class that can show a recall of *floor*; None if none can.

    With all n rows right, the lower end of the exact interval is tail ** (1 / n).
    """
    tail = (1 - RECALL_CONFIDENCE) / 2
    if floor <= 0:
        return 1
    return math.ceil(math.log(tail) / math.log(floor) - 1e-9) if floor < 1 else None


def _describe_interval(each: ClassRecall) -> str:
    rows = f" on {each.rows} rows" if each.rows > 1 else " on one row"
    if each.keys:
        rows += f" of {each.keys} keys" if each.keys > 1 else " of one key"
    if each.low is None or each.high is None:
        return rows
    low, high = format_score(each.low), format_score(each.high)
    return f"{rows}, which show {low} to {high} with a confidence of {RECALL_CONFIDENCE:g}"


def _describe_few_rows(known: Sequence[ClassRecall], floor: float) -> str:
    """Name the classes with too few rows to show the floor, the smallest first."""
    needed = count_needed_rows(floor)
    if needed is None:
        return f" No number of rows can show a recall of {floor:g}."
    few = sorted(
        (each.keys or each.rows, each.name) for each in known if (each.keys or each.rows) < needed
    )
    if not few:
        return ""
    names = join_some([f"{quote(name)} {count}" for count, name in few])
    unit = "different keys" if any(each.keys for each in known) else "rows"
    return (
        f" {needed} {unit} of a class, all of them right, are the fewest that show a recall of "
        f"{floor:g}. The holdout has fewer of {names}, so chance decides there."
    )


RECALL_FLOOR = Check(
    id="recall-floor", title="recall of every class clears its floor", judge=_judge
)
