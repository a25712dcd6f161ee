"""Judge by their heartbeats which workers are alive.

The clocks of a worker and of its reader may differ by hours. So no times are compared: a worker is
gone when its heartbeat did not change for some intervals of the reader's own monotonic clock.
A reader that has just begun cannot know yet, so a worker counts as alive until it is judged.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from shared.contract.heartbeat import Heartbeat

MISSED_BEATS = 5
"""A worker is gone when its heartbeat did not change for this many of its intervals."""
_COUNTED_BEATS = 2
"""Most intervals that count between two looks. A longer pause may be one of the file server, in
which the worker could not write either."""


@dataclass(frozen=True)
class _Sighting:
    """The newest heartbeat of a worker, and how long this reader has watched it unchanged."""

    heartbeat: Heartbeat
    silence: float
    has_changed: bool

    @property
    def is_gone(self) -> bool:
        return self.silence > MISSED_BEATS * self.heartbeat.heartbeat_seconds


@dataclass(frozen=True)
class Liveness:
    """The state of all workers at one look."""

    live: frozenset[str] = frozenset()
    """The workers that are alive, and those that are not judged yet."""
    unjudged: frozenset[str] = frozenset()
    """The workers whose heartbeats were not seen to change, and not watched long enough."""


class WorkerLiveness:
    """The sightings of all workers by one reader. Any thread may use it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        """The reader's own clock, in seconds."""
        self._sightings: dict[str, _Sighting] = {}
        self._looked = clock()
        self._lock = threading.Lock()

    def judge(self, heartbeats: Sequence[Heartbeat], began: float) -> Liveness:
        """Judge the workers whose *heartbeats* were read since the tick *began*.

        The time of the reading does not count: the file server may delay it.
        """
        with self._lock:
            pause = max(0.0, began - self._looked)
            self._looked = self.clock()
            self._sightings = {each.worker: self._sight(each, pause) for each in heartbeats}
            live = {name for name, seen in self._sightings.items() if not seen.is_gone}
            unjudged = {name for name in live if not self._sightings[name].has_changed}
        return Liveness(frozenset(live), frozenset(unjudged))

    def _sight(self, heartbeat: Heartbeat, pause: float) -> _Sighting:
        before = self._sightings.get(heartbeat.worker)
        if before is None:
            return _Sighting(heartbeat, 0.0, has_changed=False)
        if before.heartbeat == heartbeat:
            counted = min(pause, _COUNTED_BEATS * heartbeat.heartbeat_seconds)
            return replace(before, silence=before.silence + counted)
        return _Sighting(heartbeat, 0.0, has_changed=True)
