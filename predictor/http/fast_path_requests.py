"""Which requests are plain: those that the fast path answers by itself.

A client sends the same request line and headers again and again. What they were found to be
when the parser first read them holds for the same bytes ever after.
"""

from collections.abc import Iterable

from predictor.codec.reply import PREDICT_PATH
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES

HEAD_END = b"\r\n\r\n"
_LARGEST_HEAD = 2 << 10
_MOST_HEADS = 1024
_TARGET = PREDICT_PATH.encode()
_REQUEST_LINE = b"POST %b HTTP/1.1\r\n" % _TARGET
# What these ask for, the application does; the parser takes proxy-connection for connection.
_UNUSUAL = frozenset(
    {
        b"transfer-encoding",
        b"content-encoding",
        b"expect",
        b"connection",
        b"proxy-connection",
        b"upgrade",
    }
)
_KEEP_ALIVE = b"keep-alive"


def find_plain_body_length(
    method: bytes, target: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]
) -> int | None:
    """The bytes of a plain request's body, from what the parser found; None for any other."""
    if method != b"POST" or target != _TARGET or version != "1.1":
        return None
    length = None
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"content-length":
            length = int(value)
        elif lowered in _UNUSUAL and not (
            lowered == b"connection" and value.lower() == _KEEP_ALIVE
        ):
            return None
    return length if length is not None and 0 < length <= MAX_LOOP_BODY_BYTES else None


class PlainHeads:
    """Request lines with their headers, as bytes, that are plain; bounded, and shared."""

    def __init__(self) -> None:
        self._lengths: dict[bytes, int] = {}

    def add(self, head: bytes, length: int) -> None:
        """Remember that *head* is plain and announces a body of *length* bytes."""
        # The parser must have seen the same beginning and the same end.
        is_whole = head.startswith(_REQUEST_LINE) and head.endswith(HEAD_END)
        if not is_whole or len(head) > _LARGEST_HEAD or head.count(b"\n") != head.count(b"\r\n"):
            return
        if len(self._lengths) >= _MOST_HEADS:
            self._lengths.clear()
        self._lengths[head] = length

    def split(self, data: bytes) -> tuple[bytes | None, bytes]:
        """The body of the plain request that *data* begins with, and what follows it.

        None where *data* does not begin with a whole one that is known.
        """
        end = data.find(HEAD_END) + len(HEAD_END)
        length = self._lengths.get(data[:end])
        if length is None or len(data) < end + length:
            return None, data
        if len(data) == end + length:
            return data[end:], b""
        return data[end : end + length], data[end + length :]
