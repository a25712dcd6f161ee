"""Read earlier labels and the ids of logged rows, in a thread of its own, and do a small chore.

It does nothing before the first labels come, so a gatekeeper without feedback does not read the
log. With a million labels and five million rows the first reading takes some 15 seconds.
"""

import logging
import threading
import time
from collections.abc import Callable

from gatekeeper.feedback.label_index import LabelIndex
from gatekeeper.feedback.row_index import RowIndex
from shared.errors import StoreError

logger = logging.getLogger(__name__)

WAIT_SECONDS = 5.0
"""Longest time in seconds that new labels wait for this thread."""
CHORE_SECONDS = 5.0
"""Seconds between two chores if no labels come."""
_FRESH_SECONDS = 0.5
"""Seconds for which the ids are not read again."""


class IndexWatch:
    """A thread that reads on request, and calls *chore* regularly. `stop` ends it.

    It reads all labels once. Afterwards their only user does, when it writes others.
    """

    def __init__(
        self,
        labels: LabelIndex,
        rows: RowIndex,
        chore: Callable[[], object],
        wait_seconds: float = WAIT_SECONDS,
        chore_seconds: float = CHORE_SECONDS,
    ) -> None:
        self._labels = labels
        self._rows = rows
        self._chore = chore
        self._wait = wait_seconds
        self._chore_seconds = chore_seconds
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._wanted = self._done = 0
        self._fresh_until = 0.0

    def freshen(self) -> None:
        """Wait until the ids of rows are up to date, but not long."""
        with self._changed:
            if time.monotonic() >= self._fresh_until and not self._stopping.is_set():
                self._wanted += 1
                wanted = self._wanted
                self._start()
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._done >= wanted or self._stopping.is_set(), self._wait
                )

    def stop(self) -> None:
        """End the thread soon."""
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="labels and rows", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._wanted > self._done or self._stopping.is_set(),
                    self._chore_seconds,
                )
                if self._stopping.is_set():
                    return
                wanted = self._wanted
            self._chore()
            if wanted == self._done:
                continue
            self._refresh()
            with self._changed:
                self._done = wanted
                self._fresh_until = time.monotonic() + _FRESH_SECONDS
                self._changed.notify_all()

    def _refresh(self) -> None:
        try:
            if not self._labels.is_complete:
                self._labels.refresh()
            self._rows.refresh(self._stopping)
        except (OSError, StoreError) as error:
            self._rows.is_complete = False
            logger.warning("Labels or ids of logged rows cannot be read: %s", error)
        except Exception:  # the next labels start it again
            self._rows.is_complete = False
            logger.exception("Labels or ids of logged rows cannot be read, which is a defect.")
