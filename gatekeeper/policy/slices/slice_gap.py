"""The check that the challenger's scores on the slices of one column are near to each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gatekeeper.evidence.comparison_messages import SliceScore
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.slices.slice_text import (
    count_rows,
    mention_unjudged,
    name_slice,
    show_interval,
)
from gatekeeper.policy.terms.check import MOST_SHOWN, Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING
from shared.metric_text import name_metric, show_score


@dataclass(frozen=True)
class _Gap:
    """The best and the worst slice of one column."""

    column: str
    best: SliceScore
    worst: SliceScore
    size: float

    def record(self) -> dict[str, Any]:
        """Return the gap as an observed value."""
        return {
            "column": self.column,
            "gap": self.size,
            **{f"worst {name}": value for name, value in _record(self.worst).items()},
            **{f"best {name}": value for name, value in _record(self.best).items()},
        }


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    comparison, limit = facts.comparison, policy.slice_gap
    if comparison is None or comparison.challenger is None or limit is None:
        return None
    gaps = sorted(_find_gaps(comparison.slices), key=lambda each: -each.size)
    rest = mention_unjudged(comparison, policy.slice_rows)
    if not gaps:
        message = f"No column has two slices with {count_rows(policy.slice_rows)} and a score."
        return Ruling(passed=True, message=message + rest, required=limit, skipped="not_checked")
    widest = gaps[0]
    is_wide = widest.size > limit + ROUNDING * max(1.0, abs(widest.best.challenger or 0.0))
    name, verb = name_metric(policy.metric), "more than" if is_wide else "at most"
    message = (
        f"{name} differs by {widest.size:.4g} between slices, {verb} the allowed {limit:g}: "
        f"{_describe(widest.worst, policy.metric)}; {_describe(widest.best, policy.metric)}."
    )
    return Ruling(
        passed=not is_wide,
        message=f"{message}{' See GATEKEEPER_SLICE_GAP.' if is_wide else ''}{rest}",
        observed=[each.record() for each in gaps[:MOST_SHOWN]],
        required=limit,
    )


def _find_gaps(slices: Iterable[SliceScore]) -> list[_Gap]:
    """Return the gap of each column with at least two slices."""
    columns: dict[str, list[tuple[float, SliceScore]]] = {}
    for each in slices:
        if each.challenger is not None:
            columns.setdefault(each.column, []).append((each.challenger, each))
    gaps = []
    for column, scored in columns.items():
        scored.sort(key=lambda each: each[0])
        (low, worst), (high, best) = scored[0], scored[-1]
        if len(scored) > 1:
            gaps.append(_Gap(column, best, worst, high - low))
    return gaps


def _record(found: SliceScore) -> dict[str, Any]:
    return {"value": found.value, "rows": found.rows, "score": found.challenger}


def _describe(found: SliceScore, metric: str) -> str:
    score = show_score(metric, found.challenger or 0.0)
    rows = f"{count_rows(found.rows)}{show_interval(found, metric)}"
    return f"{score} where {name_slice(found)} ({rows})"


SLICE_GAP = Check(
    id="slice-gap", title="scores of a column's slices differ by at most the limit", judge=_judge
)
