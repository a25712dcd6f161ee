"""Write one worker's heartbeat, serving/<worker>.json, each second and after every change."""

import logging
import os
import re
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from predictor.lifecycle.manager import WorkerStatus
from shared.contract.heartbeat import Heartbeat
from shared.errors import StoreError
from shared.runtime_versions import runtime_versions
from shared.store.heartbeats import Heartbeats

logger = logging.getLogger(__name__)

BEATS_BETWEEN_CLEANUPS = 10
"""Beats between two removals of dead workers' heartbeats."""
_HOST_CHARACTERS = 64
_STOP_SECONDS = 1.0


def make_worker_name() -> str:
    """Make a unique name; containers can have equal process ids, so the id is not enough."""
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:_HOST_CHARACTERS].strip("-")
    return f"{host or 'host'}-{os.getpid()}-{secrets.token_hex(4)}"


class HeartbeatWriter:
    """A thread that writes one worker's heartbeat. Serving goes on if it cannot write."""

    def __init__(
        self,
        heartbeats: Heartbeats,
        worker: str,
        status: Callable[[], WorkerStatus],
        heartbeat_seconds: float,
    ) -> None:
        self._heartbeats = heartbeats
        self._worker = worker
        self._status = status
        self._seconds = heartbeat_seconds
        self._versions = runtime_versions()
        self._wake = threading.Event()
        self._stopping = False
        self._failing = False
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

    def _run(self) -> None:
        beats = 0
        while not self._stopping:
            self._beat()
            if beats % BEATS_BETWEEN_CLEANUPS == 0:
                with suppress(StoreError, OSError):
                    self._heartbeats.remove_dead(datetime.now(UTC))
            beats += 1
            self._wake.wait(self._seconds)
            self._wake.clear()  # before reading the status, so that no change is lost
        with suppress(StoreError, OSError):
            self._heartbeats.remove(self._worker)

    def _beat(self) -> None:
        """Write one heartbeat. Log a full disk or read-only volume once, not at each beat."""
        try:
            self._write()
        except (StoreError, OSError) as error:
            if not self._failing:
                logger.warning("Serving goes on, but the heartbeat cannot be written: %s", error)
            self._failing = True
        else:
            if self._failing:
                logger.info("The heartbeat can be written again.")
            self._failing = False

    def _write(self) -> None:
        status = self._status()
        desired, served = status.desired, status.served
        self._heartbeats.write(
            Heartbeat(
                worker=self._worker,
                host=socket.gethostname(),
                pid=os.getpid(),
                beat_at=datetime.now(UTC),
                heartbeat_seconds=self._seconds,
                desired_version=desired.version if desired else None,
                desired_digest=desired.digest if desired else None,
                serving_version=served.version if served else None,
                serving_digest=served.model.digest if served else None,
                loaded_at=served.loaded_at if served else None,
                last_error=status.last_error,
                versions=self._versions,
            )
        )
