"""The responses to clients that exceed a limit of their connection."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from shared.http.timeouts_and_sizes import BODY_SECONDS, HEAD_BYTES, HEAD_SECONDS


@dataclass(frozen=True)
class Refusal:
    """The response to a client whose connection is then closed."""

    status: int
    code: str
    message: str
    retry_seconds: int | None = None
    """Seconds after which the client should try again; None if it should not."""

    def encode(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return the whole HTTP response, with the server's own *headers*."""
        error = {"code": self.code, "message": self.message, "field": None}
        body = json.dumps({"error": error}).encode()
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}".encode(),
            *(b"%b: %b" % header for header in headers),
            *([] if self.retry_seconds is None else [b"retry-after: %d" % self.retry_seconds]),
            b"content-type: application/json",
            b"content-length: %d" % len(body),
            b"connection: close",
            b"",
            body,
        ]
        return b"\r\n".join(lines)


INVALID_HTTP = Refusal(400, "invalid_http", "Malformed HTTP/1.1 request.")
ONE_HOST = Refusal(400, "invalid_host", "A request needs exactly one Host header.")
HEAD_TOO_LARGE = Refusal(
    431,
    "headers_too_large",
    f"The request line and headers exceed {HEAD_BYTES} bytes; send fewer or shorter headers.",
)
HEAD_TOO_SLOW = Refusal(
    408,
    "request_timeout",
    f"The headers did not end within {HEAD_SECONDS} s; send the whole request at once.",
)
BODY_TOO_SLOW = Refusal(
    408,
    "request_timeout",
    f"The body did not end within {BODY_SECONDS} s; send fewer rows in one request.",
)
TOO_MANY_UPLOADS = Refusal(
    503,
    "too_many_uploads",
    "The service holds as many bytes of request bodies as its memory allows; retry.",
    retry_seconds=1,
)
