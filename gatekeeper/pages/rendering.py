"""Render the templates of the pages, and set the headers of each response."""

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from gatekeeper.policy.check_names import check_title, show_check
from shared.reports.html_report import STYLE_SHEET, make_environment
from shared.reports.time_element import to_time_element
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
    from markupsafe import Markup, escape  # noqa: PLC0415 - only visitors need it

    parts = re.findall(r"[^_,(]*[_,(]|[^_,(]+", name)
    return Markup("<wbr>").join(escape(part) for part in parts)


@functools.cache
def _environment() -> "Environment":
    environment = make_environment(_ROOM / "templates")
    environment.filters |= {"check_title": check_title, "moment": _show_time, "wrap": _wrap_name}
    environment.globals |= {
        "modelgate_version": VERSION,
        "show_check": show_check,
    }
    return environment
