"""A reply before any server or framework sends it: status, headers and body."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Self

import msgspec

from predictor.codec.answer_pieces import AnswerPieces

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
    """The body, or b"" if it is in *pieces*."""
    encoded_head: ReplyHead | None = None
    """The head, if it is already encoded for another reply."""
    pieces: AnswerPieces | None = None
    """A body that is encoded while it is sent."""
    version: int = 0
    """The registry version that made it; 0 if no model did."""
    rows: int = 0
    """The number of rows that it answers."""
    is_not_finite: bool = False
    """Whether it refuses a row like those of the data, because the model's answer is not finite."""

    @classmethod
    def from_body(
        cls, headers: Mapping[str, str], body: bytes | AnswerPieces, version: int = 0, rows: int = 0
    ) -> Self:
        """Make a reply of status 200."""
        if isinstance(body, bytes):
            return cls(200, headers, body, version=version, rows=rows)
        return cls(200, headers, b"", pieces=body, version=version, rows=rows)

    def made_by(self, version: int) -> Self:
        """Return the same reply as that of *version*."""
        return msgspec.structs.replace(self, version=version)

    def with_headers(self, *added: tuple[bytes, bytes]) -> Self:
        """Return the same reply with more headers."""
        head = self.head
        lines = b"".join(b"%b: %b\r\n" % header for header in added)
        more = ReplyHead(head.lines + lines, (*head.pairs, *added))
        return msgspec.structs.replace(self, encoded_head=more)

    def about(self, *, is_not_finite: bool) -> Self:
        """Return the same reply, with the fact whether the model failed on a usual row."""
        return msgspec.structs.replace(self, is_not_finite=is_not_finite)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body) if self.pieces is None else self.pieces.size

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


def stuck_reply(reason: str) -> Reply:
    """Make the reply of a health check while a part of the worker does not move."""
    return error_reply(503, "stuck", reason, headers=_RETRY)


def stopping_reply() -> Reply:
    """Make the reply to a request that this process cannot finish before it exits."""
    return error_reply(503, "stopping", "The predictor is stopping; retry.", headers=_RETRY)


def draining_reply() -> Reply:
    """Make the reply of a health check while the predictor serves on before it stops."""
    message = "The predictor stops soon. It still answers requests; send new ones to another."
    return error_reply(503, "stopping", message, headers=_RETRY)


def internal_error_reply() -> Reply:
    """Make the reply for an unexpected exception."""
    return error_reply(500, "internal_error", "An unexpected error; see the service's log.")


def unauthorized_reply(message: str, *, may_ask: bool = False) -> Reply:
    """Make the reply to a request without a known key; *may_ask* lets a browser ask for it."""
    scheme = 'Basic realm="Modelgate: the key is the password"' if may_ask else "Bearer"
    return error_reply(401, "unauthorized", message, headers={"www-authenticate": scheme})


def forbidden_reply(message: str) -> Reply:
    """Make the reply to a request with a known key that is not allowed."""
    return error_reply(403, "forbidden", message)


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
