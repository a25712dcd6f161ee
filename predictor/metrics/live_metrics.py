"""Metrics of the live counts that a worker writes."""

import time

from predictor.metrics import families
from predictor.metrics.shared_area import Numbers, SharedArea, VectorKey


class LiveMetrics:
    """Counts what the thread of the live counts does; only for this thread."""

    def __init__(self, main: SharedArea, unwritten: Numbers) -> None:
        self._rows = _counter(main, families.LIVE_ROWS.name)
        self._failures = _counter(main, families.LIVE_FAILURES.name)
        self._dropped = _counter(main, families.LIVE_DROPPED.name)
        self._unwritten = unwritten

    def count_rows(self, rows: int) -> None:
        """Count rows that were counted in bins."""
        self._rows[0] += rows

    def count_failure(self) -> None:
        """Count an hour that could not be written."""
        self._failures[0] += 1

    def count_dropped_hour(self) -> None:
        """Count an hour that was given up: the store could not be written for a day."""
        self._dropped[0] += 1

    def show_unwritten(self, *, waits: bool) -> None:
        """Show since when counts wait because they cannot be written, if any wait."""
        if not waits:
            self._unwritten[0] = 0.0
        elif not self._unwritten[0]:
            self._unwritten[0] = time.time()


def _counter(main: SharedArea, name: str) -> Numbers:
    return main.vector(VectorKey(name), 1)
