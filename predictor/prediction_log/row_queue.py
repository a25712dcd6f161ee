"""Rows that wait to be written, in a queue that never blocks."""

import threading
from collections import deque
from typing import NamedTuple, TypeAlias

from predictor.prediction_log.answered_rows import AnsweredRows
from predictor.prediction_log.drops import Drops

MAX_BYTES = 64 << 20
"""The most memory of the rows that wait. A request of 16 MiB fits, as rows too."""
MAX_ROWS = 200_000
"""The most rows that wait."""
_MANY_BYTES = 256 << 10
"""Bytes of waiting rows from which they are written at once. Memory that is used again soon is
still in the processor's caches. New memory for all rows of a tenth of a second costs more time
than their encoding."""

_OBJECTS_BYTES = 200
"""About the memory of `Lines` besides their content."""


class Lines(NamedTuple):
    """Lines of rows."""

    content: bytes
    row_count: int
    """The number of lines."""

    @property
    def size(self) -> int:
        """About the memory that the lines take, in bytes."""
        return len(self.content) + _OBJECTS_BYTES


Waiting: TypeAlias = AnsweredRows | Lines
"""Rows that wait, before they are lines or after it."""


class RowQueue:
    """A bounded queue, for any thread. Rows that do not fit are dropped and counted."""

    def __init__(self, drops: Drops) -> None:
        self._drops = drops
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Waiting, int]] = deque()
        """The rows, each with their size."""
        self._bytes = 0
        self._rows = 0
        self._call = threading.Event()

    def wait(self, seconds: float) -> None:
        """Wait until many rows wait or `call`, and at most for *seconds*. For one thread."""
        self._call.wait(seconds)
        self._call.clear()

    def call(self) -> None:
        """End the present or the next `wait`."""
        self._call.set()

    def put(self, rows: Waiting) -> None:
        """Add rows, or drop them. Return at once."""
        size, count = rows.size, rows.row_count
        with self._lock:
            fits = self._bytes + size <= MAX_BYTES and self._rows + count <= MAX_ROWS
            if fits:
                self._waiting.append((rows, size))
                self._bytes += size
                self._rows += count
            may_wait = self._bytes < _MANY_BYTES or self._call.is_set()
        if not fits:
            self.drop(count)
        if not may_wait:
            self._call.set()

    def drop(self, rows: int) -> None:
        """Count rows that are not logged, because there is no space for them."""
        self._drops.count("queue", rows, "they arrive faster than they are written")

    def take(self) -> Waiting | None:
        """Return the rows that have waited longest; None if none wait."""
        with self._lock:
            if not self._waiting:
                return None
            rows, size = self._waiting.popleft()
            self._bytes -= size
            self._rows -= rows.row_count
        return rows
