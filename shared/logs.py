"""Logging for services: one line for each message, as text or as JSON."""

import json
import logging
import sys
from datetime import UTC, datetime

from shared.text import to_printable, to_printable_lines
from shared.tracing.traceparent import current_traceparent

_RESERVED = frozenset(vars(logging.makeLogRecord({}))) | {
    *("message", "asctime", "taskName"),
    "color_message",  # uvicorn's copy of the message for a terminal
}


class JsonFormatter(logging.Formatter):
    """A formatter that writes one JSON object with the message and its `extra` fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        content = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return json.dumps(content, default=str)


class TextFormatter(logging.Formatter):
    """A formatter that writes the message, then its `extra` fields as name=value, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        extra = "".join(f" {name}={value}" for name, value in _extra(record).items())
        message = to_printable(f"{record.getMessage()}{extra}")
        line = f"{_time(record)} {record.levelname:7} {record.name}: {message}"
        if record.exc_info:
            line += "\n" + to_printable_lines(self.formatException(record.exc_info))
        return line


def set_up_logging(level: str, kind: str) -> None:
    """Send all logging of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if kind == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _extra(record: logging.LogRecord) -> dict[str, object]:
    extra = {name: value for name, value in vars(record).items() if name not in _RESERVED}
    if traceparent := current_traceparent.get():
        extra.setdefault("traceparent", traceparent.decode())
    return extra
