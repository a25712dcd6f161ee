"""Write one worker's heartbeat, serving/<worker>.json, each second and after every change."""

import logging
import os
import re
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from predictor.lifecycle.manager import WorkerStatus
from shared.contract.heartbeat import MAX_ERROR_CHARACTERS, Heartbeat
from shared.runtime_versions import runtime_versions
from shared.store.heartbeats import Heartbeats
from shared.text import shorten, to_printable

logger = logging.getLogger(__name__)

BEATS_BETWEEN_CLEANUPS = 10
"""Fewest beats between two removals of dead workers' heartbeats."""
WORKERS_PER_BEAT = 8
"""Workers for which a removal waits one more beat. Each worker lists the names of all, so without
this the load on the volume would grow with the square of the fleet."""
_HOST_CHARACTERS = 64
_STOP_SECONDS = 1.0


def make_worker_name() -> str:
    """Make a unique name; containers can have equal process ids, so the id is not enough."""
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:_HOST_CHARACTERS].strip("-")
    return f"{host or 'host'}-{os.getpid()}-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class WorkerReport:
    """The content of a heartbeat that changes."""

    status: WorkerStatus
    last_error: str | None
    quarantined: tuple[str, ...] = ()
    standstill: str | None = None
    """The part of the worker that is stuck, as a message; None while a heartbeat can be written."""


class HeartbeatWriter:
    """A thread that writes one worker's heartbeat. No error ends it, and serving goes on."""

    def __init__(
        self,
        heartbeats: Heartbeats,
        worker: str,
        report: Callable[[], WorkerReport],
        heartbeat_seconds: float,
    ) -> None:
        self._heartbeats = heartbeats
        self._worker = worker
        self._report = report
        self._seconds = heartbeat_seconds
        self._versions = runtime_versions()
        self._wake = threading.Event()
        self._stopping = False
        self._beats_left = 0
        self._failing: set[str] = set()
        self._standstill: str | None = None
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Write heartbeats until `stop`."""
        self._thread.start()

    def beat_now(self) -> None:
        """Report a change now instead of at the next beat. Returns at once."""
        self._wake.set()

    def stop(self) -> None:
        """Stop the thread and remove the heartbeat: this worker is gone."""
        self._stopping = True
        self._wake.set()
        self._thread.join(_STOP_SECONDS)

    def beat(self) -> None:
        """Write a heartbeat; now and then remove those of dead workers. Never raise an error."""
        self._attempt("heartbeat", "written", self._write_unless_stuck)
        if self._beats_left == 0:
            self._beats_left = BEATS_BETWEEN_CLEANUPS
            self._attempt("heartbeats of dead workers", "removed", self._remove_dead)
        self._beats_left -= 1

    def _run(self) -> None:
        while not self._stopping:
            self.beat()
            self._wake.wait(self._seconds)
            self._wake.clear()  # before reading the status, so that no change is lost
        self._attempt("heartbeat", "removed", self._remove_own)

    def _attempt(self, what: str, done: str, action: Callable[[], None]) -> None:
        """Do *action*. Log that *what* cannot be *done* once, not at each beat.

        This thread survives every error. Without heartbeats, the gatekeeper would count the worker
        as dead, although it serves.
        """
        failure = f"{what} {done}"
        try:
            action()
        except Exception as error:  # noqa: BLE001 - this thread survives every error
            if failure not in self._failing:
                reason = to_printable(str(error) or type(error).__name__)
                logger.warning("Serving goes on, but the %s cannot be %s: %s", what, done, reason)
            self._failing.add(failure)
        else:
            if failure in self._failing:
                logger.info("The %s can be %s again.", what, done)
            self._failing.discard(failure)

    def _remove_dead(self) -> None:
        found = self._heartbeats.remove_dead(self._worker)
        self._beats_left = max(BEATS_BETWEEN_CLEANUPS, found // WORKERS_PER_BEAT)

    def _remove_own(self) -> None:
        with suppress(NotADirectoryError):  # none was written
            self._heartbeats.remove(self._worker)

    def _write_unless_stuck(self) -> None:
        """Write a heartbeat, unless a part of the worker is stuck."""
        report = self._report()
        if report.standstill is None:
            self._write(report)
        elif self._standstill is None:
            logger.error("No heartbeat is written: %s", report.standstill)
        self._standstill = report.standstill

    def _write(self, report: WorkerReport) -> None:
        desired, served = report.status.desired, report.status.served
        self._heartbeats.write(
            Heartbeat(
                worker=self._worker,
                host=to_printable(socket.gethostname()),
                pid=os.getpid(),
                beat_at=datetime.now(UTC),
                heartbeat_seconds=self._seconds,
                desired_version=desired.version if desired else None,
                desired_digest=desired.digest if desired else None,
                serving_version=served.version if served else None,
                serving_digest=served.model.digest if served else None,
                loaded_at=served.loaded_at if served else None,
                last_error=_shorten_error(report.last_error),
                versions=self._versions,
                quarantined=report.quarantined,
            )
        )


def _shorten_error(error: str | None) -> str | None:
    """Return *error* in a form that every reader accepts; it may quote a hostile file."""
    return None if error is None else shorten(to_printable(error), MAX_ERROR_CHARACTERS)
