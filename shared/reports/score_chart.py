"""The chart of scores by the number of their decision."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.reports.svg_charts import (
    COMMON,
    can_be_drawn,
    import_pygal,
    refuse_to_draw,
    strip_chart,
)

if TYPE_CHECKING:
    from markupsafe import Markup

Point = tuple[float, float]
Bar = tuple[float, float, float]


@dataclass(frozen=True)
class ScorePoints:
    """All points (number, score), and production as (start, end, score)."""

    promoted: list[Point] = field(default_factory=list)
    others: list[Point] = field(default_factory=list)
    """Candidates that were not promoted."""
    rollbacks: list[Point] = field(default_factory=list)
    """Rollbacks, with the score of the restored model at its promotion."""
    production: list[Bar] = field(default_factory=list)
    """The models in production, each from one decision to another, oldest first."""
    now: list[Point] = field(default_factory=list)
    """The model in production now, at the newest decision."""
    intervals: list[Bar] = field(default_factory=list)
    """Number, lower end and upper end of each interval."""

    def end_production(self, number: float) -> None:
        """Let the newest model in production end at decision *number*."""
        if self.production:
            start, _, score = self.production[-1]
            self.production[-1] = (start, min(number, self.production[-1][1]), score)

    @property
    def numbers(self) -> list[int]:
        """The numbers of all decisions with a point."""
        points = (*self.promoted, *self.others, *self.rollbacks)
        return sorted({round(x) for x, _ in points})


def draw_scores(label: str, axes: tuple[str, str], points: ScorePoints) -> "Markup":
    """Return the chart as SVG: *label* is for screen readers, *axes* are the titles of x and y."""
    numbers = points.numbers
    drawn = (points.promoted, points.others, points.rollbacks, points.now)
    ends = [[(x, low), (x, high)] for x, low, high in points.intervals]
    levels = [[(start, score)] for start, _, score in points.production]
    if not can_be_drawn([*drawn, *ends, *levels]):
        return refuse_to_draw()
    chart = import_pygal().XY(
        **COMMON,
        x_title=axes[0],
        y_title=axes[1],
        dots_size=4,
        max_scale=8,
        x_labels=numbers[:: 1 + len(numbers) // 10],
        x_value_formatter=lambda number: f"{number:.0f}",
    )
    bars = [[(x, low), (x, high), (None, None)] for x, low, high in points.intervals]
    lines = {"show_dots": False, "allow_interruptions": True}
    chart.add("interval", [point for bar in bars for point in bar], **lines)
    chart.add("production", _join(points.production), **lines)
    chart.add("promoted", list(points.promoted), stroke=False)
    chart.add("not promoted", list(points.others), stroke=False)
    chart.add("rollback", list(points.rollbacks), stroke=False, dots_size=5)
    chart.add("now", list(points.now), stroke=False, dots_size=8)
    return strip_chart(chart, label, None)


def _join(production: list[Bar]) -> list[tuple[float | None, float | None]]:
    """Return the points of a line with steps, and with gaps where no score is known."""
    line: list[tuple[float | None, float | None]] = []
    for start, end, score in production:
        if line and line[-1][0] != start:
            line.append((None, None))
        line += [(start, score), (end, score)]
    return line
