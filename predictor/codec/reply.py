"""What goes back to a client, before any server or framework has it: status, headers, bytes."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Self

import msgspec

JSON_HEADERS: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})
PREDICT_PATH = "/predict"
RETRY_AFTER_SECONDS = 1


class ReplyHead(msgspec.Struct, frozen=True, gc=False):
    """Status and headers of an answer, encoded for those who write it."""

    lines: bytes
    """The first lines of the answer in HTTP/1.1."""
    pairs: tuple[tuple[bytes, bytes], ...]
    """The headers for ASGI."""

    @classmethod
    def encode(cls, status: int, headers: Mapping[str, str]) -> Self:
        """Encode them."""
        pairs = tuple((n.encode("latin-1"), v.encode("latin-1")) for n, v in headers.items())
        first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
        return cls(first + b"".join(b"%b: %b\r\n" % pair for pair in pairs), pairs)


class Reply(msgspec.Struct, frozen=True, gc=False):
    """One HTTP answer; the server adds content-length and date."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    encoded_head: ReplyHead | None = None
    """Status and headers as they were encoded for other answers."""

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
    """No model answers yet; a client may ask again soon."""
    return error_reply(503, "no_model", reason, headers={"retry-after": str(RETRY_AFTER_SECONDS)})


def stopping_reply() -> Reply:
    """The request could not be answered before the end of this process."""
    retry = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return error_reply(503, "stopping", "The predictor is stopping; ask again.", headers=retry)


def internal_error_reply() -> Reply:
    """Something that nobody thought of."""
    return error_reply(500, "internal_error", "An unexpected error; the service's log says more.")


def body_too_large_reply(limit: int) -> Reply:
    """The request body has more than *limit* bytes."""
    return error_reply(
        413,
        "body_too_large",
        f"The body has more than {limit} bytes; send fewer rows in one request, "
        "or raise PREDICTOR_MAX_BODY_BYTES.",
    )


def unsupported_encoding_reply(encoding: str) -> Reply:
    """The request body is compressed."""
    return error_reply(
        415,
        "unsupported_encoding",
        f"The body must not be compressed; found Content-Encoding: {encoding[:64]}.",
        headers={"accept-encoding": "identity"},
    )
