"""Serve on for a while before the end: a load balancer needs time to learn of it.

First every health check says that the predictor is not ready. It still answers all requests, but
ends each connection after a response, so that clients open the next one elsewhere. Then it stops.
"""

import logging
import math

from predictor.supervision.shared_records import SharedRecords

logger = logging.getLogger("predictor.supervisor")


class Drain:
    """The time between the signal to stop and the end of service."""

    def __init__(self, records: SharedRecords, seconds: float) -> None:
        self._records = records
        self._seconds = seconds
        self._ends_at = math.inf

    @property
    def has_begun(self) -> bool:
        """Whether the predictor serves on only for a while."""
        return self._ends_at < math.inf

    def is_over(self, now: float) -> bool:
        """Begin the drain at the first call; report whether it is over."""
        if not self.has_begun:
            self._begin(now)
        return now >= self._ends_at

    def remaining(self, now: float) -> float:
        """Return the seconds until the end of the drain; infinite before its begin."""
        return self._ends_at - now

    def _begin(self, now: float) -> None:
        self._ends_at = now + self._seconds
        self._records.is_draining = True
        if self._seconds:
            logger.info(
                "Stopping: not ready from now on; requests are answered for %g s more.",
                self._seconds,
            )
