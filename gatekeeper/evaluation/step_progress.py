"""The progress of one step of an evaluation: lines of the log with an estimate, and one at its end.

The child that reports its progress is not trusted.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

LOG_SECONDS = 10.0
"""Seconds between two lines: a step that is faster has only the line at its end."""


class StepProgress:
    """Logs how much of a step is done."""

    def __init__(self, step: str, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the words of the lines, such as "Scoring model 1a2b" and "rows predicted"."""
        self._step = step
        self._unit = unit
        self._clock = clock
        self._begin = self._logged = clock()
        self._first: tuple[float, int] | None = None
        """When the first report came, with its amount: the estimate leaves out loading."""

    def observe(self, done: int, total: int) -> None:
        """Log a line if it is time; *done* of *total* units are done."""
        now = self._clock()
        if self._first is None:
            self._first = now, done
        if now - self._logged < LOG_SECONDS:
            return
        self._logged = now
        first, before = self._first
        rest = ""
        if before < done <= total:
            seconds = (total - done) * (now - first) / (done - before)
            rest = f", about {seconds:.0f} s left"
        logger.info(
            "%s: %s of %s %s after %.0f s%s.",
            self._step,
            f"{done:,}",
            f"{total:,}",
            self._unit,
            now - self._begin,
            rest,
        )

    def end(self) -> None:
        """Log how long the step took."""
        logger.info("%s took %.1f s.", self._step, self._clock() - self._begin)


@contextmanager
def log_step(step: str, unit: str) -> Iterator[StepProgress]:
    """Log the progress of the block, and its duration, also if it fails."""
    progress = StepProgress(step, unit)
    try:
        yield progress
    finally:
        progress.end()
