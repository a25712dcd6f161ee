"""Recognise plain requests: those that the fast path answers.

A client repeats the same request line and headers. If the parser found them plain once, the
same bytes are plain again and need no parsing.
"""

from collections.abc import Iterable

from predictor.codec.reply import PREDICT_PATH
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES, may_exceed_json_rows
from predictor.metrics.shared_area import Numbers

HEAD_END = b"\r\n\r\n"
_MAX_HEAD_BYTES = 2 << 10
_MAX_HEADS = 1024
_TARGET = PREDICT_PATH.encode()
_TARGETS = (_TARGET,)
_LINE = b"POST %b HTTP/1.1\r\n"
# Only the application handles these. The parser treats proxy-connection like connection.
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
    method: bytes,
    target: bytes,
    version: str,
    headers: Iterable[tuple[bytes, bytes]],
    targets: tuple[bytes, ...] = _TARGETS,
) -> int | None:
    """Return the body's length of a plain request that was parsed; None for any other.

    Its target is one of *targets*.
    """
    if method != b"POST" or target not in targets or version != "1.1":
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
    """The heads (request line and headers, as bytes) known to be plain; limited in number.

    A head with a key is known until `forget`, which follows each change of the keys.
    """

    def __init__(self, root_path: str = "") -> None:
        """Expect targets with *root_path*, and without it: a proxy may have removed it."""
        below = (root_path.encode() + _TARGET,) if root_path else ()
        self.targets = (_TARGET, *below)
        """The request targets of plain requests."""
        self._lines = tuple(_LINE % target for target in self.targets)
        self._known: dict[bytes, tuple[int, Numbers | None]] = {}

    def forget(self) -> None:
        """Forget all heads."""
        self._known.clear()

    def add(self, head: bytes, length: int, counter: "Numbers | None" = None) -> None:
        """Remember that *head* is plain and has a content-length of *length*.

        With *counter*, each request with this head adds 1 to it.
        """
        # Only a complete head, as the parser saw it: same start, same end, no bare newline.
        is_whole = head.startswith(self._lines) and head.endswith(HEAD_END)
        if not is_whole or len(head) > _MAX_HEAD_BYTES or head.count(b"\n") != head.count(b"\r\n"):
            return
        if len(self._known) >= _MAX_HEADS:
            self._known.clear()
        self._known[head] = length, counter

    def split(self, data: bytes) -> tuple[bytes | None, bytes]:
        """Split *data* into the body of the plain request at its start, and the rest.

        Without a complete request with a known head and few rows, return None and *data*.
        """
        end = data.find(HEAD_END) + len(HEAD_END)
        known = self._known.get(data[:end])
        if known is None or len(data) < end + known[0]:
            return None, data
        length, counter = known
        body = data[end : end + length]
        if may_exceed_json_rows(body):  # the application answers it, and counts it
            return None, data
        if counter is not None:
            counter[0] += 1
        return body, data[end + length :]
