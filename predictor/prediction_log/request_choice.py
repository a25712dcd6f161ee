"""The choice of requests by chance."""

import math
import random
import threading
from collections.abc import Sequence

_MOST_REQUESTS = 1 << 62
"""More requests than any worker answers."""


class RequestChoice:
    """Chooses each request with the same probability, for any thread.

    Most requests cost nothing: the number of requests before the next chosen one is drawn.
    """

    def __init__(self, share: float) -> None:
        """Choose with the probability *share*, above 0 and at most 1."""
        self._log_rest = math.log1p(-share) if share < 1 else 0.0
        """The logarithm of the probability that a request is not chosen; 0 if all are chosen."""
        self._draw = random.Random().random  # noqa: S311 - a fair choice, not a secret
        self._lock = threading.Lock()
        self._ahead = self._draw_gap()
        """Requests before the next chosen one."""

    def choose(self, count: int) -> Sequence[int]:
        """Return the places of the chosen ones of the next *count* requests."""
        if not self._log_rest:
            return range(count)
        with self._lock:
            at = self._ahead
            if at >= count:
                self._ahead = at - count
                return ()
            chosen = []
            while at < count:
                chosen.append(at)
                at += 1 + self._draw_gap()
            self._ahead = at - count
        return chosen

    def _draw_gap(self) -> int:
        if not self._log_rest:
            return 0
        # With the smallest shares the number is infinite.
        return int(min(math.log(1.0 - self._draw()) / self._log_rest, _MOST_REQUESTS))
