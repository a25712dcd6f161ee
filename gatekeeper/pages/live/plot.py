"""The parts that charts over time share: a frame with both axes, and marks at promotions.

Charts are plain SVG without script or style, like those of pygal in `shared.reports`, see ADR 11.
They are written here, because a page may have 90 charts: pygal takes 10 ms for each.
"""

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatekeeper.live_status.time_range import TimeRange

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 360, 170
"""The size of a chart in its own units; the page scales it."""
LEFT, RIGHT, TOP, BOTTOM = 52, 4, 18, 20
"""The margins around the drawing."""
_MARK_WIDTH = 28
"""The room of a version beside its mark."""
_TICKS = 4
"""The most steps of a vertical axis."""
_LABELLED = {"hour": 15, "day": 4, "month": 7}
"""Every how many steps the horizontal axis has a label."""


@dataclass(frozen=True)
class Mark:
    """A promotion: its place in the range, from 0 to 1, and its version."""

    place: float
    version: int


@dataclass(frozen=True)
class Plot:
    """A drawing of values from 0 to *top*, one for each step of a range."""

    span: TimeRange
    top: float
    show: Callable[[float], str]
    """Formats a number of the vertical axis."""
    marks: Sequence[Mark] = ()
    is_whole: bool = False
    """Whether all values are whole numbers."""

    @property
    def step(self) -> float:
        """The width of a step in the chart's units."""
        return (WIDTH - LEFT - RIGHT) / len(self.span.starts)

    def x(self, place: float) -> float:
        """Return the horizontal position of a step, or of a part of one."""
        return LEFT + place * self.step

    def y(self, value: float) -> float:
        """Return the vertical position of a value."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self.top)

    def draw(self, label: str, drawing: Iterable[str]) -> "Markup":
        """Return the whole chart as SVG; screen readers read *label*."""
        return draw_svg(label, (WIDTH, HEIGHT), [*self._frame(), *drawing, *self._draw_marks()])

    def _frame(self) -> Iterable[str]:
        for tick in find_ticks(self.top, is_whole=self.is_whole):
            y = self.y(tick)
            yield f'<path class="guide" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
            yield write_text(LEFT - 6, y + 4, self.show(tick), "end")
        for place, start in enumerate(self.span.starts):
            unit = {"hour": start.minute, "day": start.hour, "month": place}[self.span.name]
            if unit % _LABELLED[self.span.name]:
                continue
            is_day = self.span.name == "month"
            x = min(self.x(place + 0.5 * is_day), WIDTH - 22)
            shown = f"{start.day} {start:%b}" if is_day else f"{start:%H:%M}"
            yield write_text(max(x, LEFT), HEIGHT - 5, shown, "middle")

    def _draw_marks(self) -> Iterator[str]:
        """Draw the marks; of several that are close to each other, the newest has its version."""
        free = float(WIDTH)
        for mark in reversed(self.marks):
            x = LEFT + mark.place * (WIDTH - LEFT - RIGHT)
            yield f'<path class="promotion" d="M{x:.1f} {TOP - 14}V{HEIGHT - BOTTOM}"/>'
            side, gap = ("start", 3) if x < WIDTH - _MARK_WIDTH else ("end", -3)
            if x + _MARK_WIDTH <= free or free == WIDTH:
                yield write_text(x + gap, TOP - 6, f"v{mark.version}", side)
                free = x - _MARK_WIDTH * (side == "end")


def find_ticks(top: float, *, is_whole: bool = False) -> list[float]:
    """Return round numbers from 0 to *top*, which `round_up` made."""
    step = max(_find_step(top), float(is_whole))
    return [place * step for place in range(round(top / step) + 1)]


def round_up(largest: float) -> float:
    """Return the end of an axis: a multiple of its round step, at least *largest*."""
    if largest <= 0:
        return 1.0
    step = _find_step(largest)
    count = int(largest / step)
    return step * (count if count * step >= largest * (1 - 1e-9) else count + 1)


def _find_step(top: float) -> float:
    power = 10.0 ** (len(f"{int(top)}") - 1) if top >= 1 else 10.0 ** -len(f"{int(1 / top)}")
    for factor in (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5):
        if top / (power * factor) <= _TICKS:
            return power * factor
    return power * 10


def write_text(x: float, y: float, text: str, anchor: str = "start") -> str:
    """Return *text*, which may be anything, as SVG."""
    return f'<text class="{anchor}" x="{x:.1f}" y="{y:.1f}">{html.escape(text)}</text>'


def draw_svg(label: str, size: tuple[int, int], parts: Iterable[str]) -> "Markup":
    """Return an image of *parts*, in which all text is escaped."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - only visitors need it

    head = f'<svg class="plot" viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="'
    return Markup(head) + escape(label) + Markup('">' + "".join(parts) + "</svg>")  # noqa: S704 - only numbers
