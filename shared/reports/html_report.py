"""A candidate's report as an HTML file; the gatekeeper's page has the same body."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.contract.documents import Manifest
from shared.metric_text import is_error, name_direction, name_metric, show_score
from shared.reports.baseline_warning import warn_about_baseline
from shared.reports.figures import OtherReport, draw_figures
from shared.reports.page_files import STYLE_SHEET
from shared.reports.report_document import CandidateReport, Importance
from shared.reports.time_element import to_time_element
from shared.reports.unexported_warning import warn_about_unexported
from shared.score_format import format_score
from shared.scoring.scorer_names import find_positive_class

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")


def render_report(manifest: Manifest, report: CandidateReport, classes: tuple[str, ...]) -> str:
    """Return a self-contained page: it has no script and fetches nothing."""
    context = template_context(manifest, report, classes)
    return render_page("candidate_report.html", f"Candidate {manifest.model_name}", context)


def render_page(template: str, title: str, context: Mapping[str, Any]) -> str:
    """Return a template as a page with its own style sheet; all values in it are escaped."""
    from markupsafe import Markup  # noqa: PLC0415 - a gatekeeper without visitors does not need it

    style = Markup(STYLE_SHEET.read_text(encoding="utf-8"))  # noqa: S704 - our own file
    return make_environment().get_template(template).render(style=style, title=title, **context)


def make_environment(*folders: Path) -> "Environment":
    """Return the environment of the templates in *folders* and of those of reports."""
    from jinja2 import (  # noqa: PLC0415 - a gatekeeper without visitors does not need it
        Environment,
        FileSystemLoader,
        StrictUndefined,
    )

    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "direction": name_direction,
        "metric_name": name_metric,
        "moment": to_time_element,
        "number": format_score,
        "wrap": _wrap_name,
    }
    environment.globals |= {"is_error": is_error, "show_score": show_score}
    return environment


def _wrap_name(name: str) -> Any:
    """Return *name* as HTML that may wrap after each underscore, comma or bracket."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - only visitors need it

    parts = re.findall(r"[^_,(]*[_,(]|[^_,(]+", name)
    return Markup("<wbr>").join(escape(part) for part in parts)


def template_context(
    manifest: Manifest,
    report: CandidateReport,
    classes: tuple[str, ...],
    other: OtherReport | None = None,
) -> dict[str, Any]:
    """Return the variables of candidate.html; *other* is drawn into the same figures."""
    largest = max((importance.drop for importance in report.importances), default=0.0)

    def share(importance: Importance) -> float:
        return round(max(0.0, importance.drop) / largest, 3) if largest > 0 else 0.0

    warnings = (
        warn_about_unexported(manifest),
        warn_about_baseline(manifest),
        *manifest.data.warnings,
    )
    names = dict.fromkeys(name for result in manifest.candidates for name in result.metrics)
    return {
        "manifest": manifest,
        "report": report,
        "classes": classes,
        "positive_class": find_positive_class(manifest.metric, classes),
        "warnings": list(filter(None, warnings)),
        "other_note": "",
        "figures": draw_figures(report, other),
        "metric_names": list({manifest.metric: None, **names}),
        "share": share,
    }
