"""A reply before any server or framework sends it: status, headers and body."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Self

import msgspec

JSON_HEADERS: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})
PREDICT_PATH = "/predict"
_RETRY = {"retry-after": "1"}
"""The header with the seconds after which a client should try again."""


class ReplyHead(msgspec.Struct, frozen=True, gc=False):
    """The status and headers of a reply, encoded."""

    lines: bytes
    """The first lines of the reply in HTTP/1.1."""
    pairs: tuple[tuple[bytes, bytes], ...]
    """The headers for ASGI."""

    @classmethod
    def encode(cls, status: int, headers: Mapping[str, str]) -> Self:
        """Encode *status* and *headers*."""
        pairs = tuple((n.encode("latin-1"), v.encode("latin-1")) for n, v in headers.items())
        first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
        return cls(first + b"".join(b"%b: %b\r\n" % pair for pair in pairs), pairs)


class Reply(msgspec.Struct, frozen=True, gc=False):
    """One HTTP reply; the server adds content-length and date."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    encoded_head: ReplyHead | None = None
    """The head, if it is already encoded for another reply."""

    @property
    def head(self) -> ReplyHead:
        """Status and headers, encoded."""
        return self.encoded_head or ReplyHead.encode(self.status, self.headers)


def error_reply(
    status: int,
    code: str,
    message: str,
    field: str | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Reply:
    """Make the error body of both services (`shared.http.service_app.ErrorBody`)."""
    body = {"error": {"code": code, "message": message, "field": field}}
    return Reply(status, {**JSON_HEADERS, **headers}, msgspec.json.encode(body))


def not_ready_reply(reason: str) -> Reply:
    """Make the reply for a worker without a model; the client may retry soon."""
    return error_reply(503, "no_model", reason, headers=_RETRY)


def stopping_reply() -> Reply:
    """Make the reply to a request that this process cannot finish before it exits."""
    return error_reply(503, "stopping", "The predictor is stopping; retry.", headers=_RETRY)


def internal_error_reply() -> Reply:
    """Make the reply for an unexpected exception."""
    return error_reply(500, "internal_error", "An unexpected error; see the service's log.")


def body_too_large_reply(limit: int) -> Reply:
    """Make the reply to a body of more than *limit* bytes."""
    return error_reply(
        413,
        "body_too_large",
        f"The body has more than {limit} bytes; send fewer rows in one request, "
        "or raise PREDICTOR_MAX_BODY_BYTES.",
    )


def unsupported_encoding_reply(encoding: str) -> Reply:
    """Make the reply to a compressed body."""
    return error_reply(
        415,
        "unsupported_encoding",
        f"The body must not be compressed; found Content-Encoding: {encoding[:64]}.",
        headers={"accept-encoding": "identity"},
    )
