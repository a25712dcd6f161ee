"""The report that something could not be counted: no answer fails for that reason."""

import contextlib
import logging

from shared.text import to_printable

logger = logging.getLogger(__name__)


class LostCounts:
    """Reports only the first error: a lack of memory makes many."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._is_reported = False

    def report(self, error: Exception) -> None:
        """Log *error*, such as a MemoryError. Never raise one: the log may need memory too."""
        if self._is_reported:
            return
        self._is_reported = True
        with contextlib.suppress(Exception):
            reason = to_printable(str(error) or type(error).__name__)
            logger.warning("Serving goes on, but some %s are lost: %s", self._what, reason)
