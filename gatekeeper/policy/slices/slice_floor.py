"""The check that the challenger's score on every judged slice reaches a minimum."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.slices.slice_text import (
    count_rows,
    mention_unjudged,
    name_slice,
    record_slices,
    show_interval,
)
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING, show_distinct
from shared.metric_text import is_error, name_metric


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    comparison, floor = facts.comparison, policy.slice_floor
    if comparison is None or comparison.challenger is None or floor is None:
        return None
    scored = [(each.challenger, each) for each in comparison.slices if each.challenger is not None]
    scored.sort(key=lambda each: each[0])
    rest = mention_unjudged(comparison, policy.slice_rows)
    if not scored:
        message = f"No slice has {count_rows(policy.slice_rows)} and a score.{rest}"
        return Ruling(passed=True, message=message, required=floor, skipped="not_checked")
    lowest, worst = scored[0]
    below = [each for each in scored if each[0] < floor - ROUNDING * max(1.0, abs(floor))]
    which = "every judged slice" if rest else "every slice"
    ours, required = show_distinct(policy.metric, lowest, floor)
    beyond = "is above" if is_error(policy.metric) else "is below"
    message = (
        f"{name_metric(policy.metric)} is {ours} where {name_slice(worst)} "
        f"({count_rows(worst.rows)}{show_interval(worst, policy.metric)}). "
        f"It {beyond if below else 'clears'} the floor of {required} for {which}"
    )
    message += f", as in {len(below) - 1} more slices" if below[1:] else ""
    message += f".{' See GATEKEEPER_SLICE_FLOOR.' if below else ''}{rest}"
    return Ruling(
        passed=not below,
        message=message,
        observed=record_slices([each for _, each in scored], about_difference=False),
        required=floor,
    )


SLICE_FLOOR = Check(id="slice-floor", title="score of every slice clears its floor", judge=_judge)
