"""Find the workers that the parent must replace, and the models that are the reason."""

import logging
import signal
from typing import NamedTuple

from predictor.supervision.failure_book import Cause, FailureBook
from predictor.supervision.oom_kills import OomKills
from predictor.supervision.shared_records import LOAD_LANE, SharedRecords
from predictor.supervision.stopwatch import LOOP
from predictor.supervision.worker_post import WatchedWorker, describe_end, may_be_its_fault

logger = logging.getLogger("predictor.supervisor")

LOAD_FACTOR = 10
"""The load of a model may take this many times as long as a call."""
LOAD_SECONDS = 60.0
"""Seconds that the load of a model may take in any case: it stops no prediction."""
HANG_SECONDS = 10.0
"""Seconds, beyond those of a call, for which the event loop of a worker may not move."""


class Fault(NamedTuple):
    """The fault for which a worker is replaced."""

    cause: Cause
    why: str


class FaultFinder:
    """Finds faults, and shows the workers which models are in quarantine for them."""

    def __init__(self, records: SharedRecords) -> None:
        self._records = records
        self._book = FailureBook()
        self._oom_kills = OomKills()

    def find(self, worker: WatchedWorker, limit: float, now: float) -> Fault | None:
        """Return the fault of *worker*, whose calls may take *limit* seconds; blame its models."""
        fault = self._find(worker, limit, now)
        if fault is not None:
            self._count(fault.cause)
        return fault

    def _find(self, worker: WatchedWorker, limit: float, now: float) -> Fault | None:
        load_limit = max(LOAD_SECONDS, limit * LOAD_FACTOR)
        late = {
            worker.record.digest(lane): lane == LOAD_LANE
            for lane, age in worker.ages.items()
            if lane != LOOP and age > (load_limit if lane == LOAD_LANE else limit)
        }
        for digest, in_load in late.items():
            if in_load and self._book.has_failed_since(digest, worker.started_at):
                continue  # several workers load it at once: that is one failure
            what, most = ("load", load_limit) if in_load else ("call", limit)
            reason = f"a {what} of it took longer than {most:g} s; see PREDICTOR_CALL_SECONDS"
            self._blame(digest, reason, now, in_load=in_load)
        if late:
            return Fault("timeout", "a call of a model did not end")
        if worker.record.memory_failures > worker.memory_failures:
            reason = "a call of it ran out of memory; see PREDICTOR_MEMORY_MIB"
            self._blame(worker.record.memory_digest, reason, now, in_load=False)
            return Fault("memory", "a call of a model ran out of memory")
        if worker.ages.get(LOOP, 0.0) > limit + HANG_SECONDS:
            return Fault("hang", "its event loop is stuck")
        return None

    def note_end(self, worker: WatchedWorker, status: int, now: float) -> None:
        """Note that *worker* ended by itself with *status*; blame the model that it called."""
        how = describe_end(status)
        logger.error("Worker process %d %s and is replaced.", worker.pid, how)
        is_oom = status == -signal.SIGKILL and self._oom_kills.has_grown()
        if not may_be_its_fault(status, is_oom=is_oom):
            return
        models = worker.models_in_calls()
        suffix = " for lack of memory" if is_oom else ""
        # Of several models each may be the cause: the next end shows which.
        for digest, in_load in models.items() if len(models) == 1 else ():
            where = "when it was loaded" if in_load else "in a call of it"
            self._blame(digest, f"a worker {how}{suffix} {where}", now, in_load=in_load)
        if models:
            self._count("memory" if is_oom else "crash")

    def _blame(self, digest: str, reason: str, now: float, *, in_load: bool) -> None:
        failures = self._book.record(digest, reason, now, in_load=in_load)
        state = "It is in quarantine" if failures.quarantined else "It stays in service"
        logger.error(
            "The model %s failed: %s. %s. Failures: %d.", digest, reason, state, failures.count
        )

    def _count(self, cause: Cause) -> None:
        self._book.count_cause(cause)
        self._records.write_notice(self._book.notice())
