"""The thread in which the gatekeeper works, from start to stop, whatever happens."""

import logging
import threading

from gatekeeper.background.poll import Reconciler
from shared.errors import ModelgateError

logger = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 5.0
"""Between two tries when something stands in the way; what stood there may be gone soon."""
STOP_SECONDS = 3.0


class PollThread:
    """Polls until it is stopped; survives every error with a line in the log."""

    def __init__(
        self, reconciler: Reconciler, poll_seconds: float, stopping: threading.Event
    ) -> None:
        self._reconciler = reconciler
        self._poll_seconds = poll_seconds
        self._stopping = stopping
        self._last_error: str | None = "The first look at the store is not finished."
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="gatekeeper", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Stop soon: a model that is being scored stays undecided."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    @property
    def last_error(self) -> str | None:
        """Why candidates are not decided now, or None while all is well."""
        if not self._thread.is_alive():
            return "The gatekeeper's loop does not run."
        return self._last_error

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._poll_once()
                self._stopping.wait(self._wait_seconds())
        finally:
            self._reconciler.close()

    def _poll_once(self) -> None:
        try:
            self._reconciler.sync()
            if self._failures == 0:
                self._last_error = None  # deciding may take long, and is no obstacle
            self._reconciler.decide_pending()
        except (ModelgateError, OSError) as error:
            self._note_failure(str(error))
        except Exception as error:  # it must go on
            logger.exception("This is a defect of the gatekeeper; trying again.")
            self._note_failure(f"{type(error).__name__}: {error}")
        else:
            self._note_success()

    def _note_failure(self, error: str) -> None:
        if error != self._last_error and not self._stopping.is_set():
            logger.warning("Candidates wait, trying again: %s", error)
        self._last_error = error
        self._failures += 1

    def _note_success(self) -> None:
        if self._failures:
            logger.info("Candidates are decided again.")
        self._last_error = None
        self._failures = 0

    def _wait_seconds(self) -> float:
        return min(self._poll_seconds * 2.0 ** min(self._failures, 16), MAX_WAIT_SECONDS)
