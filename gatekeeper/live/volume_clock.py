"""The clock that stamps the files of the store; a file server may have its own."""

import time
from pathlib import Path

from shared.errors import StoreError
from shared.store.durable_write import read_clock

MEASURE_SECONDS = 60.0
"""Seconds between two comparisons with this machine's monotonic clock."""


class VolumeClock:
    """The time that a file in a directory would have if it was written now."""

    def __init__(self, directory: Path) -> None:
        """Measure in *directory*, which this process may write."""
        self._directory = directory
        self._offset = 0.0
        self._next = 0.0

    def __call__(self) -> float:
        """Return the Unix time in seconds; that of this machine if nothing can be written."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + MEASURE_SECONDS
            try:
                self._offset = read_clock(self._directory) - now
            except (StoreError, OSError):
                self._offset = time.time() - now
        return now + self._offset
