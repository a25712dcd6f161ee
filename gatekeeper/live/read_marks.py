"""The hours of each worker that are in the sums for good."""

from collections.abc import Collection
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
MAX_MARKED = 50_000
"""The most workers with marks; beyond it, those that are gone are forgotten."""


class ReadMarks:
    """One bit for each worker and hour since the origin.

    A worker that is gone keeps its bits as long as its hours are kept. So its hours are not added
    twice if its directory comes back.
    """

    def __init__(self, origin: datetime) -> None:
        """Begin with the hour *origin*; no earlier hour can be noted on its own."""
        self._origin = origin
        self._bits = dict[str, int]()

    def has(self, worker: str, hour: datetime) -> bool:
        """Return whether the hour of *worker* was noted."""
        return bool(self._bits.get(worker, 0) >> self._bit(hour) & 1)

    def note(self, worker: str, hour: datetime) -> None:
        """Note that the hour of *worker* is in the sums."""
        self._bits[worker] = self._bits.get(worker, 0) | 1 << self._bit(hour)

    def forget(self, oldest: datetime, workers: Collection[str]) -> None:
        """Forget workers without an hour since *oldest*; *workers* are those that are not gone."""
        first = self._bit(oldest)
        self._bits = {worker: bits for worker, bits in self._bits.items() if bits >> first}
        excess = len(self._bits) - MAX_MARKED
        if excess > 0:
            for worker in [each for each in self._bits if each not in workers][:excess]:
                del self._bits[worker]

    def _bit(self, hour: datetime) -> int:
        return max(0, (hour - self._origin) // HOUR)
