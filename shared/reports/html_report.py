"""A candidate's report as HTML, for whoever opens the file; a service shows the same body."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.contract.documents import Manifest
from shared.reports.report_document import CandidateReport, ClassCurves, Importance, Points
from shared.reports.svg_charts import Series, draw_curves
from shared.score_format import format_score

TEMPLATES = Path(__file__).with_name("templates")
STYLE_SHEET = Path(__file__).parent / "static" / "style.css"
_DIAGONAL = ((0.0, 0.0), (1.0, 1.0))
_NOWHERE = ((0.0, 0.0), (0.0, 0.0))


@dataclass(frozen=True)
class Figure:
    """What it shows, and the picture, which is SVG and safe to include."""

    what: str
    svg: Any
    note: str
    names: tuple[str, ...] = ()
    """Whose curves they are, in the order of their colours; none where there is one alone."""


def render_report(manifest: Manifest, report: CandidateReport, classes: tuple[str, ...]) -> str:
    """One self-contained page: no script, and nothing that a browser would have to fetch."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - see below
    from markupsafe import Markup  # noqa: PLC0415 - only who renders pages needs them

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
    """What candidate.html needs."""
    largest = max((each.drop for each in report.importances), default=0.0)

    def share(each: Importance) -> float:
        return round(max(0.0, each.drop) / largest, 3) if largest > 0 else 0.0

    names = dict.fromkeys(name for each in manifest.candidates for name in each.metrics)
    return {
        "manifest": manifest,
        "report": report,
        "classes": classes,
        "pictures": draw_figures(report),
        "metric_names": list({manifest.metric: None, **names}),
        "number": format_score,
        "share": share,
    }


def draw_figures(report: CandidateReport) -> list[Figure]:
    """The curves of a classifier, or the residuals of a regression."""
    if report.residuals:
        return [
            _picture(
                "Residuals",
                "A good model's lie around zero, wherever it is.",
                draw_curves(
                    "Residuals",
                    ("predicted", "truth minus predicted"),
                    {"rows": _series(report.residuals)},
                    dots=True,
                ),
            )
        ]
    if not report.curves:
        return []
    return [
        _of_classes(
            report,
            "ROC",
            "Chance is the diagonal; the nearer to the upper left, the better.",
            ("false positive rate", "true positive rate"),
            lambda each: each.roc,
        ),
        _of_classes(
            report,
            "Precision and recall",
            "Of the rows called positive, how many are, for each share that is found.",
            ("recall", "precision"),
            lambda each: each.precision_recall,
            reference=_NOWHERE,
        ),
        _of_classes(
            report,
            "Calibration",
            "On the diagonal a probability of 0.8 comes true 8 times of 10.",
            ("predicted probability", "share of the class"),
            lambda each: each.calibration,
        ),
    ]


def _of_classes(  # noqa: PLR0917 - what stands on a picture
    report: CandidateReport,
    what: str,
    note: str,
    axes: tuple[str, str],
    points: Callable[[ClassCurves], Points],
    reference: Series = _DIAGONAL,
) -> Figure:
    series = {each.name: _series(points(each)) for each in report.curves}
    names = tuple(series) if len(series) > 1 else ()
    return _picture(what, note, draw_curves(what, axes, series, reference=reference), names)


def _picture(what: str, note: str, svg: str, names: tuple[str, ...] = ()) -> Figure:
    from markupsafe import Markup  # noqa: PLC0415 - as above

    return Figure(what, Markup(svg), note, names)  # noqa: S704 - ElementTree has escaped all names


def _series(points: Points) -> Series:
    return list(zip(points.x, points.y, strict=True))
