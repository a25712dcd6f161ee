"""An even choice of a bounded number of rows from a stream of unknown length."""

import random
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
_choose_bits = random.Random().getrandbits  # noqa: S311 - a fair choice, not a secret


class RowSample(Generic[Item]):
    """At most *capacity* rows, chosen evenly from all that are offered.

    The stream is divided into strata of equal length, and one random row of each is kept. When the
    sample is full, one random row of each two neighbours goes, and strata are twice as long. Rows
    at a fixed distance would be wrong: a client may send the same few rows again and again.
    """

    def __init__(self, capacity: int, expected: int = 0) -> None:
        """Choose from a stream of about *expected* rows; a shorter one has fewer chosen rows.

        Rows that would go again need not be chosen: it costs more to copy a row than to count it.
        """
        self.capacity = capacity
        self._places: list[int] = []
        """The numbers of the chosen rows, one in each stratum; rows are counted from 0."""
        self._bits = (max(0, expected - 1) // self._limit).bit_length()
        """The logarithm to base 2 of the length of a stratum."""
        self.offered = 0
        """The number of rows that were offered."""
        self._next = _choose_bits(self._bits)
        """The number of the row to choose next, in the stratum after those of `_places`."""
        self.items: list[Item] = []
        """The chosen rows, in the order of the stream."""

    def skip(self, count: int) -> bool:
        """Offer *count* more rows if none of them is chosen; return whether they were offered."""
        offered = self.offered + count
        if self._next < offered:
            return False
        self.offered = offered
        return True

    def offer(self, count: int, take: Callable[[list[int]], list[Item]]) -> None:
        """Offer *count* more rows. *take* returns those that are chosen, by their indices."""
        begin = self.offered
        self.offered += count
        if self._next < self.offered:
            self._choose(begin, take)

    @property
    def _limit(self) -> int:
        return max(2, self.capacity - self.capacity % 2)

    def _choose(self, begin: int, take: Callable[[list[int]], list[Item]]) -> None:
        old = places = self._places
        limit = self._limit
        while self._next < self.offered:
            ahead = (self.offered - self._next) >> self._bits
            is_full = len(places) >= limit or len(places) + ahead > 2 * limit
            if is_full and len(places) % 2 == 0:
                places = self._halve(places)
            else:
                places.append(self._next)
                self._next = (len(places) << self._bits) + _choose_bits(self._bits)
        if places is old:
            self.items += take([place - begin for place in places[len(self.items) :]])
            return
        items = dict(zip(old, self.items, strict=False))  # the places of this call have none yet
        kept = [items[place] for place in places if place < begin]
        self.items = kept + take([place - begin for place in places[len(kept) :]])
        self._places = places

    def _halve(self, places: list[int]) -> list[int]:
        """Make strata twice as long. The next row stays, or is one of the stratum's second half."""
        halved = [places[at + _choose_bits(1)] for at in range(0, len(places), 2)]
        if _choose_bits(1):
            second = (len(places) + 1) << self._bits
            self._next = second + _choose_bits(self._bits)
        self._bits += 1
        return halved
