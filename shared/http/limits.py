"""The limits of a connection, and the responses to clients that exceed them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

HEAD_BYTES = 16 << 10
"""The largest request line with its headers, in bytes."""
HEAD_SECONDS = 10
"""Seconds from the first byte of a request to the end of its headers."""
BODY_SECONDS = 60
"""Seconds from the end of the headers to the end of the body."""
IDLE_SECONDS = 75
"""Seconds between two requests, and seconds in which a client may read nothing of a response."""
LINGER_SECONDS = 5
"""Seconds to read a refusal, and seconds in which a closing connection must end."""
LAST_REQUEST_SECONDS = 0.05
"""Seconds in which a stopping server still accepts requests on idle connections."""

MAX_CONNECTIONS = 4096
"""The most connections of one process, if its limit of descriptors allows this many."""
RESERVED_DESCRIPTORS = 64
"""Descriptors reserved for other uses: files of the store, pipes, closing connections."""


@dataclass(frozen=True)
class Refusal:
    """The response to a client whose connection is then closed."""

    status: int
    code: str
    message: str

    def encode(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return the whole HTTP response, with the server's own *headers*."""
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


INVALID_HTTP = Refusal(400, "invalid_http", "Malformed HTTP/1.1 request.")
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
