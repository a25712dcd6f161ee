"""What a client may take of a connection before it has made a request, and what it is told."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

HEAD_BYTES = 16 << 10
"""The most bytes of a request line with its headers."""
HEAD_SECONDS = 10
"""From the first byte of a request to the end of its headers."""
BODY_SECONDS = 60
"""From the end of the headers to the end of the body."""
IDLE_SECONDS = 75
"""Between two requests; also how long a client may take nothing of its answer."""
LINGER_SECONDS = 5
"""How long a client may take to read a refusal, and a closing connection to end."""
LAST_REQUEST_SECONDS = 0.05
"""How long a stopping server still takes requests from connections that were idle."""

MAX_CONNECTIONS = 4096
"""The most connections of one process, where its limit of descriptors allows so many."""
RESERVED_DESCRIPTORS = 64
"""What is kept of that limit for all else: files of the store, pipes, what is being closed."""


@dataclass(frozen=True)
class Refusal:
    """Why a connection is closed, as an answer."""

    status: int
    code: str
    message: str

    def encode(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The whole HTTP answer, with *headers* of the server's own."""
        error = {"code": self.code, "message": self.message, "field": None}
        body = json.dumps({"error": error}).encode()
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}".encode(),
            *(b"%b: %b" % header for header in headers),
            b"content-type: application/json",
            b"content-length: %d" % len(body),
            b"connection: close",
            b"",
            body,
        ]
        return b"\r\n".join(lines)


INVALID_HTTP = Refusal(400, "invalid_http", "The request is not HTTP/1.1 as it should be.")
HEAD_TOO_LARGE = Refusal(
    431,
    "headers_too_large",
    f"The request line and headers have more than {HEAD_BYTES} bytes; send fewer or shorter ones.",
)
HEAD_TOO_SLOW = Refusal(
    408,
    "request_timeout",
    f"The headers did not end within {HEAD_SECONDS} s; send a request in one go.",
)
BODY_TOO_SLOW = Refusal(
    408,
    "request_timeout",
    f"The body did not end within {BODY_SECONDS} s; send fewer rows in one request.",
)
