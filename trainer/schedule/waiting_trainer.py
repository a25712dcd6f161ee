"""The waiting trainer: begin a run for each new cause, one at a time, and record its end.

A run begins when training/status.json says so: this one write marks its causes as handled and the
run as running. So a kill before it changes nothing, and after it the next waiting trainer finds a
run without an end. It then looks for a candidate of this run, and tries again only without one.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from shared.contract.documents import Decision
from shared.store.store import ModelStore
from shared.text import shorten, to_printable
from shared.training.file_lock import FileLock
from shared.training.training_files import TrainingFiles
from shared.training.training_status import (
    MAX_MESSAGE_CHARACTERS,
    FinishedTraining,
    Result,
    RunningTraining,
    TrainingStatus,
)
from trainer.schedule.cause_watch import CauseWatch
from trainer.schedule.causes import Findings, pause_after
from trainer.schedule.clock_limits import limit_times
from trainer.schedule.training_child import TrainingChild

logger = logging.getLogger(__name__)

_UNDECIDED = 4
_KILLED = {130: 2, 143: 15}
"""Signals of the exit statuses of a trainer that ended because of SIGINT or SIGTERM."""


class WaitingTrainer:
    """The runs of one store. `step` is called again and again, from one thread."""

    def __init__(
        self,
        store: ModelStore,
        watch: CauseWatch,
        start_child: Callable[[int], TrainingChild],
        status: TrainingStatus,
    ) -> None:
        """Go on from *status*; *start_child* takes the descriptor of the lock of trainings."""
        self._store = store
        self._watch = watch
        self._start_child = start_child
        self._status = status
        self._files = TrainingFiles(store.layout)
        self._child: TrainingChild | None = None
        self._is_blocked = False

    def step(self, now: datetime) -> None:
        """Do what is due at *now*.

        Raises StoreError or OSError if the store cannot be used; the next call tries again.
        """
        if self._child is not None:
            exit_status = self._child.poll()
            if exit_status is not None:
                self._end(now, exit_status, self._child.error)
            return
        if self._status.running is not None:
            self._settle_interrupted(now)
            return
        limited = limit_times(self._status, now)
        if limited != self._status:
            self._write(handled=limited.handled, retry_at=limited.retry_at)
        found = self._watch.look(self._status.handled)
        causes = found.causes(self._status.handled, self._status.retry_at, now)
        if causes:
            requested_by = found.request.by if found.request and "request" in causes else None
            run = RunningTraining(
                causes=causes, started_at=now, newest_candidate=None, requested_by=requested_by
            )
            self._begin(run, found, now)
        else:
            self._note(found)

    def stop(self, now: datetime) -> None:
        """Stop the training, and record that it is tried again; raise StoreError or OSError."""
        if self._child is not None:
            exit_status = self._child.stop()
            self._end(now, exit_status, self._child.error, is_stopping=True)

    def _begin(self, run: RunningTraining, found: Findings, now: datetime) -> None:
        lock = FileLock(self._store.layout.training_lock)
        try:
            if not lock.try_exclusively():
                self._report_block()
                return
            self._is_blocked = False
            handled = found.mark_handled(self._status.handled, now)
            self._write(
                handled=handled,
                running=run.model_copy(update={"newest_candidate": self._newest_candidate()}),
                retry_at=None,
                next_run=self._watch.next_time(handled),
            )
            logger.info("Training begins. Causes: %s.", ", ".join(run.causes))
            self._child = self._start_child(lock.descriptor)
        finally:
            lock.close()  # the child has it too, and keeps the lock until it has published

    def _report_block(self) -> None:
        if not self._is_blocked:
            logger.info("Another training uses the store. The next one begins when it has ended.")
        self._is_blocked = True

    def _settle_interrupted(self, now: datetime) -> None:
        """Record the end of a run whose waiting trainer was killed, when its process has ended."""
        lock = FileLock(self._store.layout.training_lock)
        try:
            if not lock.try_exclusively():
                self._report_block()
                return
        finally:
            lock.close()
        self._is_blocked = False
        self._end(now, None, "The waiting trainer ended before the training did.")

    def _end(
        self,
        now: datetime,
        exit_status: int | None,
        error: str | None,
        *,
        is_stopping: bool = False,
    ) -> None:
        run = self._status.running
        assert run is not None  # noqa: S101 - a child runs only then
        candidate_id = self._find_candidate(run)
        decision = self._find_decision(candidate_id)
        result: Result
        failures, retry_at = 0, None
        if decision is not None:
            result, message = "decided", None
        elif candidate_id is not None or exit_status in {0, _UNDECIDED}:
            result, message = "undecided", error
        elif is_stopping:
            result, message = "stopped", "The training was stopped. It is tried again."
            failures, retry_at = self._status.failures, now
        else:
            result, message = "failed", error or _describe(exit_status)
            failures = self._status.failures + 1
            retry_at = now + pause_after(failures)
        finished = FinishedTraining(
            causes=run.causes,
            started_at=run.started_at,
            ended_at=now,
            requested_by=run.requested_by,
            result=result,
            candidate_id=candidate_id,
            outcome=decision.outcome if decision else None,
            message=shorten(to_printable(message), MAX_MESSAGE_CHARACTERS) if message else None,
        )
        self._write(
            running=None,
            last_run=finished,
            failures=failures,
            retry_at=retry_at,
            next_run=retry_at or self._watch.next_time(self._status.handled),
        )
        self._child = None
        _report(finished, self._status)

    def _find_candidate(self, run: RunningTraining) -> str | None:
        """Return the first candidate since the run began: the lock excludes other trainings."""
        newer = (
            name
            for name in self._store.candidates.ids()
            if run.newest_candidate is None or name > run.newest_candidate
        )
        return min(newer, default=None)

    def _find_decision(self, candidate_id: str | None) -> Decision | None:
        return self._store.decision_log().decision_on(candidate_id) if candidate_id else None

    def _newest_candidate(self) -> str | None:
        return max(self._store.candidates.ids(), default=None)

    def _note(self, found: Findings) -> None:
        """Keep what is new and no cause: the first content of the data set, and the next time."""
        handled, next_run = self._status.handled, self._status.retry_at or found.planned
        if handled.data is None and found.data is not None:
            handled = handled.model_copy(update={"data": found.data})
        if (handled, next_run) != (self._status.handled, self._status.next_run):
            self._write(handled=handled, next_run=next_run)

    def _write(self, **changes: object) -> None:
        status = self._status.model_copy(update=changes)
        self._files.write_status(status)
        self._status = status


def _describe(exit_status: int | None) -> str:
    number = _KILLED.get(exit_status, -exit_status) if exit_status is not None else 0
    if number > 0:
        return f"The training was killed by signal {number}, for example for lack of memory."
    return f"The training ended with exit status {exit_status}."


def _report(run: FinishedTraining, status: TrainingStatus) -> None:
    if run.result == "failed":
        logger.error(
            "The training failed: %s Failures in a row: %d. It is tried again at %s.",
            *(run.message, status.failures, f"{status.retry_at:%Y-%m-%d %H:%M:%S} UTC"),
        )
    else:
        logger.info("The training has ended: %s.", run.outcome or run.result)
