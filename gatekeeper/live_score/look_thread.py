"""A thread that looks at labels again and again, and rests long enough in between."""

import logging
import threading
import time
from collections.abc import Callable

from shared.errors import EvaluationUnavailableError, StoreError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""Fewest seconds from the end of one look to the next."""
STOP_SECONDS = 3.0
"""Seconds that `stop` waits for the thread."""


class LookThread:
    """The thread. No error ends it."""

    def __init__(
        self,
        task: str,
        look: Callable[[], float],
        report: Callable[[str | None], None],
        close: Callable[[], None],
        stopping: threading.Event,
    ) -> None:
        """Take the functions that the thread calls.

        Args:
            task: The work in a few words, such as `score live rows`.
            look: Does the work, and returns the seconds of rest after it.
            report: Takes why the work cannot be done now; None if it can.
            close: Ends the processes of the work.
            stopping: Ends the thread.
        """
        self._task = task
        self._look = look
        self._report = report
        self._close = close
        self._stopping = stopping
        self._problem: str | None = None
        self._thread = threading.Thread(target=self._run, name=task, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop soon; set the event of stopping before."""
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                before = time.monotonic()
                rest = self._try_to_look()
                if rest is None:  # a process that does not respond takes long
                    rest = max(LOOK_SECONDS, time.monotonic() - before)
                self._stopping.wait(rest)
        finally:
            self._close()

    def _try_to_look(self) -> float | None:
        """Look, and return the seconds of rest; None after a failure, which is logged once."""
        rest, problem = None, None
        try:
            rest = self._look()
        except (StoreError, OSError, EvaluationUnavailableError) as error:
            problem = str(error)
            if problem != self._problem and not self._stopping.is_set():
                logger.warning("Could not %s; will try again: %s", self._task, problem)
        except Exception as error:  # our defect may end this work, but nothing more
            problem = f"The gatekeeper has a defect: {type(error).__name__}: {error}"
            if problem != self._problem:
                logger.exception("Could not %s, which is a defect; will try again.", self._task)
        self._problem = problem
        self._report(problem)
        return rest
