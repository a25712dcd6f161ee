"""Agree with the gatekeepers of other hosts on the one host that keeps house.

housekeeper.json names it. As with heartbeats no clocks are compared: another host takes over when
the file did not change for some intervals of its own monotonic clock. Gatekeepers that see the
store through the same kernel and mount are one host, so a restarted gatekeeper goes on at once.
"""

import contextlib
import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

from shared.errors import StoreError
from shared.store.housekeeper_file import Housekeeper, HousekeeperFile, this_process
from shared.store.worker_liveness import MISSED_BEATS

logger = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
"""Seconds between two looks at the file; the host that keeps house writes it each time."""


class Housekeeping:
    """The answer to one question, for the thread that polls: does this host keep house?"""

    def __init__(self, file: HousekeeperFile, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._next = 0.0
        self._is_ours = False
        self._other: tuple[Housekeeper | None, float] | None = None

    def is_ours(self) -> bool:
        """Return whether this host keeps house now; read the file if an interval has passed.

        Raises OSError if the file cannot be read.
        """
        now = self._clock()
        if now >= self._next:
            self._next = now + BEAT_SECONDS
            was_ours, self._is_ours = self._is_ours, False
            self._is_ours = self._look(now)
            if was_ours and not self._is_ours:
                logger.info("Another host keeps house now. This gatekeeper goes on deciding.")
        return self._is_ours

    def resign(self) -> None:
        """Let another host take over at once, because this gatekeeper stops."""
        with contextlib.suppress(StoreError, OSError):
            found = self._file.read()
            if found and (found.client, found.pid) == (self._file.client(), os.getpid()):
                self._file.remove()

    def _look(self, now: float) -> bool:
        try:
            found = self._file.read()
        except StoreError:  # malformed: nobody will change it
            return self._outwait(None, now)
        if found is None:
            return self._claim()
        if found.client != self._file.client():
            return self._outwait(found, now)
        self._other = None
        with contextlib.suppress(StoreError):  # on a full disk, removing old files helps
            self._file.replace(self._own())
        return True

    def _claim(self) -> bool:
        try:
            return self._file.claim(self._own())
        except StoreError:  # the disk may be full; no other host can write it either
            return True

    def _outwait(self, other: Housekeeper | None, now: float) -> bool:
        """Take over from *other* if it stays silent. The next look shows which host succeeded."""
        if self._other is None or self._other[0] != other:
            if self._other is None:
                who = other.host if other else "an unknown host"
                logger.info("%s keeps house: it removes old files and writes training.log.", who)
            self._other = (other, now)
        beat = other.beat_seconds if other else BEAT_SECONDS
        if now - self._other[1] > MISSED_BEATS * beat:
            logger.warning("The host that kept house is silent, so this host takes over.")
            self._file.replace(self._own())
        return False

    def _own(self) -> Housekeeper:
        return this_process(self._file.client(), datetime.now(UTC), BEAT_SECONDS)
