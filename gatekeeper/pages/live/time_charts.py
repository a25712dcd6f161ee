"""Charts over time: stacked bars of counts, and lines of latencies."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from gatekeeper.live_status.time_range import TimeRange
from gatekeeper.pages.live.plot import BOTTOM, HEIGHT, Mark, Plot, round_up

if TYPE_CHECKING:
    from markupsafe import Markup

Layer = tuple[str, Sequence[float]]
"""A style class, and one value for each step."""
Line = tuple[str, Sequence[float | None]]
_GAP = 0.15
"""The gap between bars, as a share of a step."""


def draw_bars(
    label: str,
    span: TimeRange,
    layers: Sequence[Layer],
    show: Callable[[float], str],
    *,
    marks: Sequence[Mark] = (),
    top: float | None = None,
) -> "Markup":
    """Return bars as SVG: *layers* are stacked, the first one at the bottom.

    Without *top*, the values are counts.
    """
    totals = [sum(values) for values in zip(*(values for _, values in layers), strict=True)]
    is_whole = top is None
    plot = Plot(span, top or round_up(max(totals, default=0)), show, marks, is_whole)
    return plot.draw(label, _stack(plot, layers))


def _stack(plot: Plot, layers: Sequence[Layer]) -> Iterator[str]:
    below = [0.0] * len(plot.span.starts)
    width = plot.step * (1 - _GAP)
    for style, values in layers:
        path = []
        for place, value in enumerate(values):
            if value <= 0:
                continue
            bottom, upper = plot.y(below[place]), plot.y(below[place] + value)
            upper = min(upper, bottom - 1)  # a single failure among thousands is visible
            x = plot.x(place + _GAP / 2)
            path.append(f"M{x:.1f} {bottom:.1f}V{upper:.1f}h{width:.1f}V{bottom:.1f}z")
            below[place] += value
        if path:
            yield f'<path class="{style}" d="{"".join(path)}"/>'


def draw_lines(
    label: str,
    span: TimeRange,
    lines: Sequence[Line],
    show: Callable[[float], str],
    *,
    marks: Sequence[Mark] = (),
) -> "Markup":
    """Return lines as SVG, with gaps where a value is missing."""
    largest = max((v for _, values in lines for v in values if v is not None), default=0.0)
    plot = Plot(span, round_up(largest), show, marks)
    return plot.draw(label, (part for line in lines for part in _draw_line(plot, line)))


def _draw_line(plot: Plot, line: Line) -> Iterator[str]:
    style, values = line
    path, dots = [], []
    for place, value in enumerate(values):
        if value is None:
            continue
        before = values[place - 1] if place else None
        after = values[place + 1] if place + 1 < len(values) else None
        x, y = plot.x(place + 0.5), min(plot.y(value), HEIGHT - BOTTOM)
        path.append(f"{'M' if before is None else 'L'}{x:.1f} {y:.1f}")
        if before is None and after is None:
            dots.append(f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
    if path:
        yield f'<path class="{style}" d="{"".join(path)}"/>'
    yield from dots
