"""A candidate's report as an HTML file; the gatekeeper's page has the same body."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.contract.documents import Manifest
from shared.metric_text import is_error, name_direction, name_metric, show_score
from shared.reports.report_document import CandidateReport, Importance, Points
from shared.reports.svg_charts import draw_curves
from shared.reports.time_element import to_time_element
from shared.score_format import format_score

TEMPLATES = Path(__file__).with_name("templates")
STYLE_SHEET = Path(__file__).parent / "static" / "style.css"
_DIAGONAL = ((0.0, 0.0), (1.0, 1.0))
_NOWHERE = ((0.0, 0.0), (0.0, 0.0))


@dataclass(frozen=True)
class Figure:
    """A chart with its title, a note and a legend; *svg* is safe HTML."""

    title: str
    svg: Any
    note: str
    names: tuple[str, ...] = ()
    """The names of the curves in the order of their colours; empty for a single curve."""


def render_report(manifest: Manifest, report: CandidateReport, classes: tuple[str, ...]) -> str:
    """Return a self-contained page: it has no script and fetches nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - as below
    from markupsafe import Markup  # noqa: PLC0415 - only pages need them

    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = Markup(STYLE_SHEET.read_text(encoding="utf-8"))  # noqa: S704 - our own file
    return pages.get_template("self_contained.html").render(
        style=style, **template_context(manifest, report, classes)
    )


def template_context(
    manifest: Manifest, report: CandidateReport, classes: tuple[str, ...]
) -> dict[str, Any]:
    """Return the variables of candidate.html."""
    largest = max((importance.drop for importance in report.importances), default=0.0)

    def share(importance: Importance) -> float:
        return round(max(0.0, importance.drop) / largest, 3) if largest > 0 else 0.0

    names = dict.fromkeys(name for result in manifest.candidates for name in result.metrics)
    return {
        "manifest": manifest,
        "report": report,
        "classes": classes,
        "figures": draw_figures(report),
        "metric_names": list({manifest.metric: None, **names}),
        "number": format_score,
        "named": name_metric,
        "better": name_direction,
        "scored": show_score,
        "is_error": is_error,
        "timed": to_time_element,
        "share": share,
    }


def draw_figures(report: CandidateReport) -> list[Figure]:
    """Draw the curves of a classifier, or the residuals of a regression."""
    if report.residuals:
        return [
            _figure(
                "Residuals",
                "Residual: true value minus prediction. A good model has residuals around zero.",
                ("predicted", "truth minus predicted"),
                {"rows": report.residuals},
                dots=True,
            )
        ]
    if not report.curves:
        return []
    return [
        _figure(
            "ROC",
            "The diagonal is chance. A better curve is closer to the upper left corner.",
            ("false positive rate", "true positive rate"),
            {curves.name: curves.roc for curves in report.curves},
            reference=_DIAGONAL,
        ),
        _figure(
            "Precision and recall",
            "Precision at each recall. A better curve is closer to the upper right corner.",
            ("recall", "precision"),
            {curves.name: curves.precision_recall for curves in report.curves},
            reference=_NOWHERE,
        ),
        _figure(
            "Calibration",
            "The diagonal is perfect: 80 % of the rows with probability 0.8 belong to the class.",
            ("predicted probability", "fraction of the class"),
            {curves.name: curves.calibration for curves in report.curves},
            reference=_DIAGONAL,
        ),
    ]


def _figure(
    title: str, note: str, axes: tuple[str, str], curves: Mapping[str, Points], **options: Any
) -> Figure:
    from markupsafe import Markup  # noqa: PLC0415 - as above

    series = {name: list(zip(points.x, points.y, strict=True)) for name, points in curves.items()}
    svg = Markup(draw_curves(title, axes, series, **options))  # noqa: S704 - ElementTree has escaped all names
    return Figure(title, svg, note, tuple(series) if len(series) > 1 else ())
