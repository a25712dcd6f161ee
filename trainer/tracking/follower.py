"""Follow the store, and bring an MLflow server up to date whenever it answers."""

import contextlib
import fcntl
import logging
import os
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.errors import ModelgateError
from shared.store.store import ModelStore
from shared.text import to_printable
from trainer.tracking.candidate_runs import CandidateRuns
from trainer.tracking.client import connect
from trainer.tracking.decision_mirror import DecisionMirror
from trainer.tracking.mirrored_versions import MirroredVersions
from trainer.tracking.server_address import TrackingServer
from trainer.tracking.tracked_runs import TrackedRuns

if TYPE_CHECKING:
    from mlflow import MlflowClient

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Seconds between two looks at the store."""
CHECK_SECONDS = 60.0
"""Seconds after which the alias on the server is compared, without a new decision."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""Bounds of the pause after a failed attempt. It doubles with each one."""
_ATTEMPTS = 2
"""Attempts to get the lock before another follower is named."""


@dataclass(frozen=True)
class _Session:
    """The work with one server, until it fails."""

    candidates: CandidateRuns
    mirror: DecisionMirror


class Follower:
    """The work of one process for one server and one store."""

    def __init__(
        self, store: ModelStore, server: TrackingServer, stopping: threading.Event
    ) -> None:
        self._store = store
        self._server = server
        self._stopping = stopping
        self._client: MlflowClient | None = None
        self._session: _Session | None = None
        self._checked = 0.0
        self._failures = 0
        self._problem = ""

    def run(self) -> None:
        """Follow until the event *stopping* is set."""
        with _only_follower(self._store, self._stopping):
            while not self._stopping.is_set():
                self._stopping.wait(self.step())

    def step(self) -> float:
        """Bring the server up to date; return the seconds to wait before the next step."""
        try:
            self._step()
        except (ModelgateError, OSError) as error:
            return self._note_failure(to_printable(error))
        except Exception:
            # The position is on the server, so the same step is done again.
            logger.exception("Tracking failed, because it has a defect.")
            return self._note_failure("a defect")
        if self._problem:
            logger.info("MLflow is up to date again.")
        self._failures, self._problem = 0, ""
        return LOOK_SECONDS

    def _step(self) -> None:
        session = self._session = self._session or self._begin()
        session.candidates.log_new()
        if session.mirror.is_behind():
            session.mirror.catch_up(self._stopping.is_set)
        elif time.monotonic() - self._checked > CHECK_SECONDS:
            session.mirror.repair_champion()
            self._checked = time.monotonic()

    def _begin(self) -> "_Session":
        """Read what the server has. It may be another one than before, or an older backup."""
        client = self._client = self._client or connect(self._server)
        runs = TrackedRuns(client, self._server)
        runs.read()
        candidates = CandidateRuns(self._store, runs)
        versions = MirroredVersions(client, self._server)
        self._checked = 0.0
        return _Session(candidates, DecisionMirror(self._store, runs, candidates, versions))

    def _note_failure(self, problem: str) -> float:
        self._session = None
        if problem != self._problem:
            logger.warning("Tracking waits: %s", problem)
        self._problem = problem
        self._failures += 1
        longest = min(
            LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 9)
        )
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret depends on it


@contextlib.contextmanager
def _only_follower(store: ModelStore, stopping: threading.Event) -> Iterator[None]:
    """Wait until no other follower of this host uses the store, or *stopping*.

    Two could register a version twice. The kernel releases the lock of a process that is killed.
    """
    lock = _open_lock(store, stopping)
    attempts = 0
    try:
        while lock is not None and not stopping.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                attempts += 1
                if attempts == _ATTEMPTS:
                    logger.warning("Another process tracks this store. This one waits for its end.")
                stopping.wait(1.0)
            except OSError as error:  # a file system without locks
                logger.warning("The store has no locks, so run one follower: %s", error.strerror)
                break
            else:
                break
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _open_lock(store: ModelStore, stopping: threading.Event) -> int | None:
    """Open the directory of candidates, which the lock is on, when the store has one."""
    while not stopping.is_set():
        with contextlib.suppress(FileNotFoundError):
            return os.open(store.layout.candidates, os.O_RDONLY | os.O_DIRECTORY)
        stopping.wait(LOOK_SECONDS)
    return None
