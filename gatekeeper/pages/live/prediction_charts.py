"""The chart of predictions over time: the most frequent classes, or intervals of numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gatekeeper.live_status.bodies import LiveStatus
from gatekeeper.live_status.time_range import TimeRange
from gatekeeper.pages.live.number_text import show_percent
from gatekeeper.pages.live.plot import Mark
from gatekeeper.pages.live.request_charts import Figure
from gatekeeper.pages.live.time_charts import draw_bars

TITLE = "Predictions over time"
MOST = 5
"""The most classes or intervals with a colour of their own."""


@dataclass(frozen=True)
class Group:
    """Some bins of predictions that are drawn as one."""

    label: str
    style: str
    bins: Sequence[int]

    def sum(self, counts: Sequence[int]) -> int:
        """Return how many of *counts*, those of all bins, are in this group."""
        return sum(counts[place] for place in self.bins)


def draw_predictions(
    status: LiveStatus, span: TimeRange, marks: Sequence[Mark]
) -> tuple[Figure, list[Group]] | None:
    """Draw the shares of the predictions in each step; None without predictions.

    The predecessor's are included if it predicts the same.
    """
    points = collect_predictions(status)
    if not points:
        return None
    is_ordered = bool(status.predictions and status.predictions.edges)
    groups = group_bins(status.versions[0].prediction_bins, points, is_ordered=is_ordered)
    layers = [(group.style, [0.0] * len(span.starts)) for group in groups]
    for start, counts in points.items():
        place, total = span.find_step(start), sum(counts)
        if place is None or not total:
            continue
        for group, (_, shares) in zip(groups, layers, strict=True):
            shares[place] = group.sum(counts) / total
    svg = draw_bars(TITLE, span, layers, show_percent, marks=marks, top=1.0)
    legend = tuple((group.style, group.label) for group in groups)
    return Figure(TITLE, svg, legend), groups


def collect_predictions(status: LiveStatus) -> dict[datetime, list[int]]:
    """Return the counts of each step with predictions, oldest first, in production's bins."""
    found = dict[datetime, list[int]]()
    for version in status.versions:
        if version.prediction_bins != status.versions[0].prediction_bins:
            continue
        for point in version.predictions:
            if sum(point.counts):
                known = found.get(point.start, [0] * len(point.counts))
                found[point.start] = [a + b for a, b in zip(known, point.counts, strict=True)]
    return dict(sorted(found.items()))


def group_bins(
    labels: Sequence[str], points: Mapping[datetime, Sequence[int]], *, is_ordered: bool
) -> list[Group]:
    """Return the most frequent classes and all others, or intervals beside each other."""
    if is_ordered:
        size = -(-len(labels) // MOST)
        parts = [range(len(labels))[begin : begin + size] for begin in range(0, len(labels), size)]
        return [
            Group(_join(labels, part), f"interval-{place}", part)
            for place, part in enumerate(parts)
        ]
    totals = [sum(column) for column in zip(*points.values(), strict=True)]
    ranked = sorted(range(len(labels)), key=lambda place: -totals[place])
    first = [place for place in ranked[:MOST] if totals[place]]
    others = [place for place in ranked if place not in first and totals[place]]
    found = [Group(labels[place], f"class-{rank}", [place]) for rank, place in enumerate(first)]
    return [*found, *([Group("other classes", "others", others)] if others else [])]


def _join(labels: Sequence[str], part: range) -> str:
    """Name several intervals as one: its lower end and its upper end."""
    first, last = labels[part[0]], labels[part[-1]]
    if first == last:
        return first
    low, high = first.removeprefix("up to ").split(" to ")[0], last.split(" to ")[-1]
    if first.startswith("up to "):
        return f"up to {high}"
    return f"above {low}" if last.startswith("above ") else f"{low} to {high}"
