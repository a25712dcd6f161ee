"""The charts of a candidate's report, with those of another candidate in the same picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.reports.report_document import CandidateReport, ClassCurves, Points
from shared.reports.svg_charts import draw_curves

if TYPE_CHECKING:
    from markupsafe import Markup

_Line = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Figure:
    """A chart with its title, a note and a legend."""

    title: str
    svg: "Markup"
    note: str
    legend: tuple[tuple[str, str], ...] = ()
    """Name and style class of each curve; empty for a single curve."""


@dataclass(frozen=True)
class OtherReport:
    """The report of another candidate, whose curves are drawn too."""

    report: CandidateReport
    names: tuple[str, str]
    """How the legend names this candidate and the other."""


@dataclass(frozen=True)
class _Kind:
    """One kind of curve of a class."""

    title: str
    note: str
    axes: tuple[str, str]
    choose: Callable[[ClassCurves], Points]
    draw_reference: Callable[[CandidateReport], _Line]


def _draw_diagonal(_report: CandidateReport) -> _Line:
    return ((0.0, 0.0), (1.0, 1.0))


def _draw_share(report: CandidateReport) -> _Line:
    """Return the precision of a constant answer: the share of the class; nothing for several."""
    if len(report.curves) != 1:
        return ((0.0, 0.0), (0.0, 0.0))
    share = report.curves[0].rows / report.rows
    return ((0.0, share), (1.0, share))


_KINDS = (
    _Kind(
        "ROC",
        "The diagonal is chance. A better curve is closer to the upper left corner.",
        ("false positive rate", "true positive rate"),
        lambda curves: curves.roc,
        _draw_diagonal,
    ),
    _Kind(
        "Precision and recall",
        "Precision at each recall. A better curve is closer to the upper right corner. The dashed "
        "line of a single curve is the share of its class, which a constant answer reaches.",
        ("recall", "precision"),
        lambda curves: curves.precision_recall,
        _draw_share,
    ),
    _Kind(
        "Calibration",
        "The diagonal is perfect: 80 % of the rows with probability 0.8 belong to the class.",
        ("predicted probability", "fraction of the class"),
        lambda curves: curves.calibration,
        _draw_diagonal,
    ),
)


def has_common_curves(ours: CandidateReport, theirs: CandidateReport) -> bool:
    """Return whether both have residuals, or curves of the same class."""
    if ours.residuals:
        return theirs.residuals is not None
    names = {curves.name for curves in ours.curves}
    return any(curves.name in names for curves in theirs.curves)


def draw_figures(report: CandidateReport, other: OtherReport | None = None) -> list[Figure]:
    """Draw the curves of a classifier, or the residuals of a regression."""
    if report.residuals:
        return [_draw_residuals(report.residuals, other)]
    return [_draw_classes(report, other, kind) for kind in _KINDS] if report.curves else []


def _draw_residuals(ours: Points, other: OtherReport | None) -> Figure:
    theirs = other.report.residuals if other else None
    names = other.names if other else ("rows", "")
    series = {names[0]: _pairs(ours)} | ({names[1]: _pairs(theirs)} if theirs else {})
    title = "Residuals"
    svg = draw_curves(title, ("predicted", "truth minus predicted"), series, dots=True)
    legend = tuple((name, f"color-{place}") for place, name in enumerate(series))
    note = "Residual: true value minus prediction. A good model has residuals around zero."
    return Figure(title, svg, note, legend if theirs else ())


def _draw_classes(report: CandidateReport, other: OtherReport | None, kind: _Kind) -> Figure:
    title, note, axes = kind.title, kind.note, kind.axes
    reference = kind.draw_reference(report)
    ours = {curves.name: _pairs(kind.choose(curves)) for curves in report.curves}
    theirs = {
        curves.name: _pairs(kind.choose(curves))
        for curves in (other.report.curves if other else ())
        if curves.name in ours
    }
    if other and theirs and len(ours) == 1:
        series = dict(zip(other.names, (*ours.values(), *theirs.values()), strict=True))
        svg = draw_curves(title, axes, series, reference=reference)
        return Figure(title, svg, note, tuple(zip(series, ("color-0", "color-1"), strict=True)))
    svg = draw_curves(title, axes, ours, behind=theirs, reference=reference)
    if other and theirs:
        note += f" Thin and dotted: the same classes of {other.names[1]}."
    legend = tuple((name, f"color-{place}") for place, name in enumerate(ours))
    return Figure(title, svg, note, legend if len(legend) > 1 else ())


def _pairs(points: Points) -> list[tuple[float, float]]:
    return list(zip(points.x, points.y, strict=True))
