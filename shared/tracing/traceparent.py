"""The header `traceparent` of W3C Trace Context, which names the trace of a request.

A service returns it with the response, and shows it in the log lines of the request.
`tracestate` is for the next service that a request reaches. There is none, so it is not read.
"""

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar

NAME = b"traceparent"
_FORM = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_BYTES = 55
"""Bytes of the header in version 00, and of its known part in later versions."""

current_traceparent: ContextVar[bytes | None] = ContextVar("traceparent", default=None)
"""The traceparent of the request that is answered now; None without a valid one."""


class TracedBody(bytes):
    """The body of a request with a traceparent, which is in the log if the request fails."""

    traceparent: bytes

    @classmethod
    def mark(cls, body: bytes, traceparent: bytes) -> "TracedBody":
        """Return *body* with the traceparent of its request."""
        marked = cls(body)
        marked.traceparent = traceparent
        return marked


def find_traceparent(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """Return the only traceparent of a request; None if it is invalid or there are several."""
    values = [value for name, value in headers if name.lower() == NAME]
    return parse_traceparent(values[0]) if len(values) == 1 else None


def describe_traces(bodies: Iterable[bytes]) -> Mapping[str, str]:
    """Return the `extra` fields of a log line about the requests with these bodies."""
    found = [body.traceparent.decode() for body in bodies if isinstance(body, TracedBody)]
    return {"traceparent": " ".join(found)} if found else {}


def parse_traceparent(value: bytes) -> bytes | None:
    """Return the known part of a valid value, of digits, letters and hyphens; otherwise None."""
    known, rest = value[:_BYTES], value[_BYTES:]
    if _FORM.fullmatch(known) is None:
        return None
    is_later_version = not known.startswith(b"00")
    return known if not rest or (is_later_version and rest.startswith(b"-")) else None


def is_sampled(traceparent: bytes) -> bool:
    """Return whether the client records this trace. *traceparent* is valid."""
    return bool(int(traceparent[-2:], 16) & 1)
