"""Rows that cannot be logged: they are counted, and reported when it begins and when it ends."""

import logging
import threading
import time
from collections.abc import Callable

from predictor.metrics.log_metrics import DropReason, LogMetrics
from shared.text import shorten, to_printable

logger = logging.getLogger(__name__)

QUIET_SECONDS = 10.0
"""Seconds without a dropped row after which the drops have ended."""
_MAX_REASON = 300


class Drops:
    """The dropped rows of a worker, for any thread."""

    def __init__(self, metrics: LogMetrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._lock = threading.Lock()
        self._rows = 0
        """Rows that were dropped since it began."""
        self._last = 0.0
        self._has_written = False
        """Whether rows were written since the last drop."""

    def count(self, reason: DropReason, rows: int, why: str) -> None:
        """Count dropped *rows*. If it begins now, log *why*."""
        with self._lock:
            begins = not self._rows
            self._rows += rows
            self._last = self._clock()
            self._has_written = False
            self._metrics.count_dropped(reason, rows)
        if begins:
            logger.warning(
                "Serving goes on, but rows are missing in the prediction log: %s",
                shorten(to_printable(why), _MAX_REASON),
            )

    def note_write(self) -> None:
        """Note that rows were written."""
        with self._lock:
            self._has_written = True

    def settle(self) -> None:
        """Report the end if rows are written again, and none was dropped for a while.

        One thread calls this often.
        """
        with self._lock:
            rows = self._rows
            is_quiet = self._clock() - self._last >= QUIET_SECONDS
            if not (rows and self._has_written and is_quiet):
                return
            self._rows = 0
        logger.info("Rows are logged again; %d are missing in the prediction log.", rows)
