"""Render the templates of the pages, and set the headers of each response."""

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from gatekeeper.policy.check_names import check_title, show_check
from shared.http.front.root_path import own_path
from shared.http.safe_headers import HEADERS
from shared.reports.html_report import make_environment
from shared.reports.page_files import ICON, STYLE_SHEET
from shared.reports.time_element import to_time_element
from shared.version import VERSION

if TYPE_CHECKING:
    from jinja2 import Environment

_ROOM = Path(__file__).parent
"""The folder of templates, style sheets and scripts that only these pages have."""
STATIC = {
    "style.css": (STYLE_SHEET, "text/css"),
    "live.css": (_ROOM / "static" / "live.css", "text/css"),
    "live.js": (_ROOM / "static" / "live.js", "text/javascript"),
    "icon.svg": (ICON, "image/svg+xml"),
}


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


def _mark_commands(sentence: str) -> Any:
    """Return *sentence* as safe HTML, with words in backticks as code."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - only with visitors

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(sentence))))  # noqa: S704 - escaped


@functools.cache
def _environment() -> "Environment":
    environment = make_environment(_ROOM / "templates")
    environment.filters |= {
        "check_title": check_title,
        "moment": _show_time,
        "with_commands": _mark_commands,
    }
    environment.globals |= {
        "modelgate_version": VERSION,
        "root_path": partial(own_path, ""),
        "show_check": show_check,
    }
    return environment
