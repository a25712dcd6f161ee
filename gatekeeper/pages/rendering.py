"""Render the templates of the pages, and set the headers of each response."""

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from gatekeeper.pages.check_text import show_check
from gatekeeper.policy.check_names import check_title
from shared.metric_text import name_direction, name_metric, show_score, to_shown
from shared.reports.html_report import STYLE_SHEET
from shared.reports.html_report import TEMPLATES as REPORT_TEMPLATES
from shared.reports.time_element import to_time_element
from shared.score_format import format_score
from shared.version import VERSION

if TYPE_CHECKING:
    from jinja2 import Environment

_ROOM = Path(__file__).parent
"""The folder of templates, script and icon. The style sheet belongs to candidates' reports."""
STATIC = {
    "style.css": (STYLE_SHEET, "text/css"),
    "live.js": (_ROOM / "static" / "live.js", "text/javascript"),
    "icon.svg": (_ROOM / "static" / "icon.svg", "image/svg+xml"),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""A page may run and fetch only files of this service."""


def render_page(template: str, context: Mapping[str, Any], status: int = 200) -> Response:
    """Render a page; raises jinja2's TemplateError if a value is missing."""
    text = _environment().get_template(template).render(**context)
    return HTMLResponse(text, status, {**HEADERS, "Cache-Control": "no-store"})


def send_static(name: str) -> Response:
    """Send one of the files in STATIC."""
    path, kind = STATIC[name]
    return Response(
        path.read_bytes(), media_type=kind, headers={**HEADERS, "Cache-Control": "no-cache"}
    )


def _show_time(when: datetime) -> Any:
    return to_time_element(when, datetime.now(UTC))


def _wrap_name(name: str) -> Any:
    """Return *name* as HTML that may wrap after each underscore, comma or bracket."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - as below

    parts = re.findall(r"[^_,(]*[_,(]|[^_,(]+", name)
    return Markup("<wbr>").join(escape(part) for part in parts)


@functools.cache
def _environment() -> "Environment":
    from jinja2 import (  # noqa: PLC0415 - a gatekeeper without visitors does not need it
        Environment,
        FileSystemLoader,
        StrictUndefined,
    )

    environment = Environment(
        loader=FileSystemLoader([_ROOM / "templates", REPORT_TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "check_title": check_title,
        "number": format_score,
        "moment": _show_time,
        "wrap": _wrap_name,
        "metric_name": name_metric,
        "direction": name_direction,
    }
    environment.globals |= {
        "modelgate_version": VERSION,
        "show_check": show_check,
        "show_score": show_score,
        "to_shown": to_shown,
    }
    return environment
