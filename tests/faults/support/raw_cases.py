"""Requests as bytes that no client library sends, with the expected responses."""

from dataclasses import dataclass
from typing import NamedTuple

from shared.http.timeouts_and_sizes import HEAD_BYTES

ENDLESS = 64 * HEAD_BYTES
"""Bytes of an endless part: more than one read, since limits are checked after each read."""


class RawCase(NamedTuple):
    """A stream of bytes on a new connection, and the expected responses."""

    sent: bytes
    statuses: tuple[int, ...]
    """Statuses of the responses in order. Without any, the service closes the connection."""
    is_left_open: bool = False
    """Whether the client keeps its side open, as if it had more to send."""


@dataclass(frozen=True)
class Route:
    """A route that reads a body."""

    path: str
    body: bytes
    """A valid body."""
    status: int
    """Status of the response to that body."""
    value: bytes
    """A body with a placeholder for a number."""
    cap: int
    """Most bytes of a body."""
    header: bytes = b""
    """Header line of every request."""

    def head(self, *lines: bytes, version: bytes = b"HTTP/1.1") -> bytes:
        """Encode the head of a request."""
        first = b"POST %b %b" % (self.path.encode(), version)
        return b"\r\n".join([first, b"host: test", *filter(None, [self.header]), *lines, b"", b""])

    def with_length(self, body: bytes) -> bytes:
        """Encode a complete request."""
        return self.head(b"content-length: %d" % len(body)) + body

    def in_chunks(self, stream: bytes) -> bytes:
        """Encode a request whose chunked body is *stream*."""
        return self.head(b"transfer-encoding: chunked") + stream
