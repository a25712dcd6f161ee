"""The thread that polls the store, from start to stop. No error ends it."""

import logging
import threading

from gatekeeper.background.poll import Reconciler
from shared.errors import ModelgateError
from shared.volume.poll_pace import PollPace

logger = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 5.0
"""Longest wait in seconds between two polls while polling fails; the cause may end soon."""
STOP_SECONDS = 3.0
"""Seconds that `stop` waits for the thread."""


class PollThread:
    """A thread that polls until it is stopped. It logs every error and continues."""

    def __init__(
        self, reconciler: Reconciler, poll_seconds: float, stopping: threading.Event
    ) -> None:
        self._reconciler = reconciler
        self._pace = PollPace(poll_seconds)
        self._stopping = stopping
        self._last_error: str | None = "The first poll of the store is not finished."
        self._delayed: str | None = None
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="gatekeeper", daemon=True)

    def start(self) -> None:
        """Start polling."""
        self._thread.start()

    def stop(self) -> None:
        """Stop soon; a candidate that is being scored stays undecided."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    @property
    def last_error(self) -> str | None:
        """The reason why a candidate cannot be decided now; None without such a candidate."""
        if not self._thread.is_alive():
            return "The gatekeeper's poll thread does not run."
        return self._last_error or self._delayed

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._poll_once()
                self._reconciler.look_at_production()
                self._stopping.wait(self._wait_seconds())
        finally:
            self._reconciler.close()

    def _poll_once(self) -> None:
        try:
            with self._pace.look():
                self._reconciler.sync()
            if self._failures == 0:
                self._last_error = None  # deciding may take long, but that is not an error
            self._delayed = self._reconciler.decide_pending()
        except (ModelgateError, OSError) as error:
            self._note_failure(str(error))
        except Exception as error:  # the thread must continue
            logger.exception("The gatekeeper has a defect; will try again.")
            self._note_failure(f"{type(error).__name__}: {error}")
        else:
            self._note_success()

    def _note_failure(self, error: str) -> None:
        if error != self._last_error and not self._stopping.is_set():
            logger.warning("Candidates cannot be decided now; will try again: %s", error)
        self._last_error = error
        self._failures += 1

    def _note_success(self) -> None:
        if self._failures:
            logger.info("Candidates are decided again.")
        self._last_error = None
        self._failures = 0

    def _wait_seconds(self) -> float:
        return min(self._pace.wait_seconds * 2.0 ** min(self._failures, 16), MAX_WAIT_SECONDS)
