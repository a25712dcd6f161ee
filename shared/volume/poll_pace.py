"""Poll less where a look is expensive.

A look at a file on a network takes a file server's time too, and a thousand workers share it. So
looking may take one twentieth of the time at most. On a busy server, looks take longer, and all
its readers look less often.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MAX_WAIT_SECONDS = 1.0
"""Longest wait between two looks that only their cost causes."""
_PAUSE = 19.0
"""Wait after a look, as a multiple of its duration."""
_REMEMBERED = 8
"""Number of looks whose shortest counts, because a busy machine interrupts single ones."""


class PollPace:
    """The pace of one thread that looks at the store again and again."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the shortest wait in *seconds*."""
        self._seconds = seconds
        self._clock = clock
        self._durations = deque[float](maxlen=_REMEMBERED)

    @contextmanager
    def look(self) -> Iterator[None]:
        """Measure the look that the block makes."""
        began = self._clock()
        try:
            yield
        finally:
            self._durations.append(self._clock() - began)

    @property
    def wait_seconds(self) -> float:
        """Seconds to wait before the next look."""
        cost = _PAUSE * min(self._durations, default=0.0)
        return max(self._seconds, min(cost, MAX_WAIT_SECONDS))
