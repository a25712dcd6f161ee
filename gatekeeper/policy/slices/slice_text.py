"""Slices in messages and in decisions."""

from collections.abc import Sequence
from typing import Any

from gatekeeper.evidence.comparison_messages import ComparisonResult, SliceScore
from gatekeeper.policy.terms.check import MOST_SHOWN
from shared.metric_text import is_error, show_difference, show_score
from shared.text import quote

_MOST_DESCRIBED = 2
"""Most slices in one message."""


def describe_slices(slices: Sequence[SliceScore], count: int, metric: str) -> str:
    """Describe the first of *count* slices: rows, scores and their uncertainty."""
    shown = [describe_slice(each, metric) for each in slices[:_MOST_DESCRIBED]]
    more = count - len(shown)
    return "; ".join([*shown, *([f"and {more} more"] if more else [])])


def describe_slice(found: SliceScore, metric: str) -> str:
    """Describe one slice with its rows, its scores and their uncertainty."""
    text = f"{name_slice(found)} ({count_rows(found.rows)}): {_show(metric, found.challenger)}"
    if found.champion is not None:
        text += f", production {_show(metric, found.champion)}"
    if found.difference_interval is not None:
        low, high = _order(metric, found.difference_interval)
        shown = f"{show_difference(metric, low)} to {show_difference(metric, high)}"
        return f"{text}, 95 % interval of the difference {shown}"
    return f"{text}{show_interval(found, metric)}"


def show_interval(found: SliceScore, metric: str) -> str:
    """Show the interval of the challenger's score after it; empty if it is not known."""
    if found.interval is None:
        return ""
    low, high = _order(metric, found.interval)
    return f", 95 % interval {show_score(metric, low)} to {show_score(metric, high)}"


def name_slice(found: SliceScore) -> str:
    """Return the column and the value of a slice."""
    return f"{quote(found.column)} is {quote(found.value)}"


def count_rows(rows: int) -> str:
    """Return the number of rows with its noun."""
    return f"{rows} row{'s' * (rows != 1)}"


def count_slices(slices: int) -> str:
    """Return the number of slices with its noun."""
    return f"{slices} slice{'s' * (slices != 1)}"


def mention_unjudged(comparison: ComparisonResult, rows: int) -> str:
    """Return a sentence about the slices that no limit judges; empty without any."""
    count = comparison.unjudged.count
    if not count:
        return ""
    verb = "is" if count == 1 else "are"
    return (
        f" {count_slices(count)} with fewer than {count_rows(rows)} or without a score "
        f"{verb} not judged."
    )


def record_slices(
    slices: Sequence[SliceScore], *, about_difference: bool = True
) -> list[dict[str, Any]]:
    """Return the observed value of a check that observed *slices*.

    It has one interval, so that pages show it without scrolling: that of the difference to the
    champion, or of the challenger's score.
    """
    shown = slices[:MOST_SHOWN]
    is_known = any(each.difference_interval for each in shown)
    name = "difference_interval" if about_difference and is_known else "interval"
    fields = {"column", "value", "rows", "challenger", "champion"}
    return [
        {**each.model_dump(mode="json", include=fields), "interval": _round(getattr(each, name))}
        for each in shown
    ]


def _round(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else [float(f"{end:.3g}") for end in interval]


def _order(metric: str, interval: tuple[float, float]) -> tuple[float, float]:
    """Return the end first that people see as the lower one: errors are shown as positive."""
    low, high = interval
    return (high, low) if is_error(metric) else (low, high)


def _show(metric: str, score: float | None) -> str:
    return "no score" if score is None else show_score(metric, score)
