"""A walk around a list that goes on where the last one ended, so that nobody waits for ever."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import datetime

Place = tuple[datetime, str]
"""An hour of a worker."""


class Turn:
    """The place that was looked at last."""

    def __init__(self) -> None:
        self._last: Place | None = None

    def walk(self, places: Sequence[Place]) -> Iterator[Place]:
        """Return all *places*, which ascend, from the one after the last place on."""
        start = bisect(places, self._last) if self._last else 0
        for each in (*places[start:], *places[:start]):
            self._last = each
            yield each
