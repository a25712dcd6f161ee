"""Watch the heartbeats: name those that are left out, and see which workers are alive.

A worker is alive while its heartbeat changes, so somebody must look often.
"""

import logging
import time
from collections.abc import Callable

from shared.store.fleet_survey import FleetSurvey
from shared.store.heartbeats import Heartbeats

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Seconds between two looks; reading a thousand heartbeats takes a tenth of that."""


class HeartbeatWatch:
    """Looks at the heartbeats once a second, for the one thread that polls."""

    def __init__(self, heartbeats: Heartbeats, clock: Callable[[], float] = time.monotonic) -> None:
        self._heartbeats = heartbeats
        self._clock = clock
        self._next = 0.0
        self._logged = FleetSurvey(())

    def look(self) -> None:
        """Read the heartbeats if a second has passed; log once what is left out.

        Raises OSError if the directory cannot be read.
        """
        if self._clock() < self._next:
            return
        self._next = self._clock() + LOOK_SECONDS
        found = self._heartbeats.survey()
        is_new = not set(found.left_out) <= set(self._logged.left_out)
        if is_new or (found.not_read and not self._logged.not_read):
            for sentence in found.describe_left_out():
                logger.warning("%s", sentence)
        self._logged = found
