"""The thread in which the gatekeeper works, from start to stop, whatever happens."""

import logging
import threading

from gatekeeper.background.poll import Gatekeeper
from shared.errors import ModelgateError

logger = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 5.0
"""Between two tries when something stands in the way; what stood there may be gone soon."""
STOP_SECONDS = 3.0


class Loop:
    """Polls until it is stopped; survives every error with a line in the log."""

    def __init__(
        self, gatekeeper: Gatekeeper, poll_seconds: float, stopping: threading.Event
    ) -> None:
        self._gatekeeper = gatekeeper
        self._poll_seconds = poll_seconds
        self._stopping = stopping
        self._obstacle: str | None = "The first look at the store is not finished."
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
    def obstacle(self) -> str | None:
        """Why candidates are not decided now, or None while all is well."""
        if not self._thread.is_alive():
            return "The gatekeeper's loop does not run."
        return self._obstacle

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._look()
                self._stopping.wait(self._wait_seconds())
        finally:
            self._gatekeeper.close()

    def _look(self) -> None:
        try:
            self._gatekeeper.keep_up()
            if self._failures == 0:
                self._obstacle = None  # deciding may take long, and is no obstacle
            self._gatekeeper.decide_waiting()
        except (ModelgateError, OSError) as error:
            self._note_failure(str(error))
        except Exception as error:  # it must go on
            logger.exception("This is a defect of the gatekeeper; trying again.")
            self._note_failure(f"{type(error).__name__}: {error}")
        else:
            self._note_success()

    def _note_failure(self, obstacle: str) -> None:
        if obstacle != self._obstacle and not self._stopping.is_set():
            logger.warning("Candidates wait, trying again: %s", obstacle)
        self._obstacle = obstacle
        self._failures += 1

    def _note_success(self) -> None:
        if self._failures:
            logger.info("Candidates are decided again.")
        self._obstacle = None
        self._failures = 0

    def _wait_seconds(self) -> float:
        return min(self._poll_seconds * 2.0 ** min(self._failures, 16), LONGEST_WAIT_SECONDS)
