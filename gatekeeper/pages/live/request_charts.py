"""The charts of requests, failures and latency, with a mark at each promotion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatekeeper.live_status.bodies import LivePoint, LiveStatus, LiveVersion
from gatekeeper.live_status.time_range import TimeRange
from gatekeeper.pages.live.number_text import show_count, show_seconds
from gatekeeper.pages.live.plot import Mark
from gatekeeper.pages.live.time_charts import draw_bars, draw_lines

if TYPE_CHECKING:
    from markupsafe import Markup

MAX_MARKS = 20
"""The most promotions that have a mark; the newest ones."""
VERSION_STYLES = ("now", "before")
"""The style classes of production and its predecessor."""


@dataclass(frozen=True)
class Figure:
    """A chart with its title, and what its parts mean."""

    title: str
    svg: "Markup"
    legend: tuple[tuple[str, str], ...] = ()
    """Style class and name of each part."""
    note: str = ""


def find_marks(status: LiveStatus) -> list[Mark]:
    """Return the newest promotions of the range."""
    length = (status.until - status.since).total_seconds()
    return [
        Mark((each.at - status.since).total_seconds() / length, each.version)
        for each in status.promotions[-MAX_MARKS:]
    ]


def draw_requests(status: LiveStatus, span: TimeRange, marks: Sequence[Mark]) -> list[Figure]:
    """Draw the requests, the failures and the latency of production and its predecessor."""
    drawn = [
        (style, each)
        for style, each in zip(VERSION_STYLES, status.versions, strict=False)
        if each.requests or style == "now"
    ]
    legend = tuple((style, f"v{each.version}") for style, each in drawn)

    def bars(title: str, read: Callable[[LivePoint], int]) -> Figure:
        # The predecessor is at the bottom, because its requests came first.
        layers = [(style, [read(p) for p in each.points]) for style, each in reversed(drawn)]
        label = f"{title} over time: {_total(drawn, read)}"
        return Figure(title, draw_bars(label, span, layers, show_count, marks=marks), legend)

    return [
        bars("Requests", lambda point: point.requests),
        bars("Failed requests", lambda point: point.failed),
        _draw_latency(status, span, drawn, marks),
    ]


def _total(drawn: Sequence[tuple[str, LiveVersion]], read: Callable[[LivePoint], int]) -> str:
    totals = (f"v{each.version} {sum(map(read, each.points)):,}" for _, each in drawn)
    return ", ".join(totals) or "none"


def _draw_latency(
    status: LiveStatus,
    span: TimeRange,
    drawn: Sequence[tuple[str, LiveVersion]],
    marks: Sequence[Mark],
) -> Figure:
    if status.range == "hour":
        lines = [(f"{style} line", [p.mean_seconds for p in each.points]) for style, each in drawn]
        legend = tuple((f"{style} line", f"v{each.version}, mean") for style, each in drawn)
        note = "Only the mean is counted by the minute."
    else:
        lines = [(f"{style} line", [p.p50_seconds for p in each.points]) for style, each in drawn]
        lines += [
            (f"{style} upper line", [p.p95_seconds for p in each.points]) for style, each in drawn
        ]
        legend = tuple(
            item
            for style, each in drawn
            for item in (
                (f"{style} line", f"v{each.version}, median"),
                (f"{style} upper line", "95th percentile"),
            )
        )
        note = ""
    label = "Latency over time: " + ", ".join(
        f"v{each.version} median {show_seconds(each.p50_seconds)}, "
        f"95th percentile {show_seconds(each.p95_seconds)}"
        for _, each in drawn
    )
    svg = draw_lines(label, span, lines, show_seconds, marks=marks)
    return Figure("Latency", svg, legend, note)
