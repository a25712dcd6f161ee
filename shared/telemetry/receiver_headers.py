"""The headers for the receiver of spans. They often are keys, so no message shows them."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from shared.errors import SettingsError

HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
TRACES_HEADERS = "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
_NAME = re.compile(r"[\w!#$&'*+.^`|~-]+", re.ASCII)
_VALUE = re.compile(r"[ !#-+\--:<-\[\]-~]*")
"""Printable ASCII without the quote, comma, semicolon and backslash."""


def require_headers(environ: Mapping[str, str]) -> None:
    """Raise SettingsError if OpenTelemetry or HTTP cannot use the headers for spans."""
    name = TRACES_HEADERS if environ.get(TRACES_HEADERS) else HEADERS
    for number, part in enumerate(environ.get(name, "").split(","), 1):
        if part.strip(" \t") and not _is_header(part):
            # The header is not shown, because it may contain a key.
            raise SettingsError(
                f"{name} cannot be used: its header {number} is malformed. Expected name=value, "
                "with commas between headers. Write special characters of a value as in a URL, "
                "such as authorization=Bearer%20KEY. Correct it, or unset it."
            )


def _is_header(part: str) -> bool:
    """Return whether *part* is `name=value`, and the value can be sent."""
    name, equals, value = part.strip(" \t").partition("=")
    is_written_well = _NAME.fullmatch(name.strip(" \t")) and equals and _VALUE.fullmatch(value)
    sent = unquote(value).strip()
    return bool(is_written_well) and sent.isprintable() and sent.isascii()
