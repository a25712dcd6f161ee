"""The parent of the workers: it starts, watches, replaces and stops them.

It is single-threaded, so that a fork is safe, and looks at its workers every quarter second.
"""

import logging
import os
import signal
import time

from predictor.supervision.drain import Drain
from predictor.supervision.fault_finder import Fault, FaultFinder
from predictor.supervision.handover import Terms
from predictor.supervision.parent_signals import ParentSignals
from predictor.supervision.shared_records import SharedRecords
from predictor.supervision.worker_forks import (
    LOOK_SECONDS,
    STUCK_SECONDS,
    FirstWorkerError,
    WorkerForks,
    end_workers,
)
from predictor.supervision.worker_post import RunWorker, WatchedWorker, has_heir
from shared.logs import set_up_logging

logger = logging.getLogger("predictor.supervisor")

MARGIN_SECONDS = 1.5
"""Seconds that a worker has to stop after its grace for requests."""
RELEASE_SECONDS = 1.0
"""Seconds for which a worker serves its clients on after another one has taken its place."""
_MAX_DELAY = 8.0
"""Most seconds before a worker that died while it started is replaced."""


class Supervisor:
    """Runs workers, each a fork of this process, until a signal stops them."""

    def __init__(self, run_worker: RunWorker, started_by: int | None = None) -> None:
        self._records = SharedRecords()
        self._signals = ParentSignals(started_by)
        self._forks = WorkerForks(run_worker, self._records, self._signals)
        self._faults = FaultFinder(self._records)
        self._workers: dict[int, WatchedWorker] = {}
        self._terms: Terms
        self._drain: Drain
        self._to_renew: list[WatchedWorker] = []
        """Workers that SIGHUP replaces, one after the other."""
        self._early_deaths = 0
        self._missing = 0
        self._start_at = 0.0

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; return the exit status."""
        wakeup = self._signals.install()
        try:
            first, terms = self._forks.start_first(wakeup, self._should_stop_early)
        except FirstWorkerError as error:
            return int(error.args[0])
        self._workers[first.pid] = first
        if terms is None:
            return self._stop(0, STUCK_SECONDS)
        self._terms = terms
        self._drain = Drain(self._records, terms.drain_seconds)
        set_up_logging(terms.log_level, terms.log_format)
        self._missing = self._terms.workers - 1
        last = time.monotonic()
        while True:
            now = time.monotonic()
            status = self._reap(now)
            self._look(now, now - last)
            self._renew(now)
            self._fill(now)
            last = now
            if status is not None or self._must_stop(now):
                return self._stop(status or 0, terms.grace_seconds + MARGIN_SECONDS)
            self._signals.wait(min(LOOK_SECONDS, self._drain.remaining(now)))

    def _fork(self, now: float, replaces: WatchedWorker | None = None) -> bool:
        """Start a worker; report whether the system allows it."""
        try:
            worker = self._forks.start({each.number for each in self._workers.values()})
        except OSError as error:
            logger.error("No worker can be started now: %s", error)  # noqa: TRY400 - it has all
            self._start_at = now + 1.0
            return False
        worker.replaces = replaces
        self._workers[worker.pid] = worker
        return True

    def _fill(self, now: float) -> None:
        while self._missing and now >= self._start_at and self._fork(now):
            self._missing -= 1

    def _renew(self, now: float) -> None:
        """Replace the workers that SIGHUP found: each stops when another one serves for it."""
        heirs = [each for each in self._workers.values() if each.replaces is not None]
        for heir in heirs:
            if heir.serves and heir.replaces is not None:
                self._release(heir.replaces, now)
                heir.replaces = None
        is_busy = heirs or any(each.stop_at is not None for each in self._workers.values())
        while self._to_renew and not is_busy and now >= self._start_at:
            old = self._to_renew.pop(0)
            if self._workers.get(old.pid) is old and old.kill_at is None:
                self._to_renew[:0] = [] if self._fork(now, replaces=old) else [old]
                break

    # Watching.

    def _look(self, now: float, elapsed: float) -> None:
        for worker in list(self._workers.values()):
            worker.ages = worker.stopwatch.look(elapsed)
            if worker.kill_at is not None:
                if now >= worker.kill_at:
                    os.kill(worker.pid, signal.SIGKILL)
                continue
            if worker.stop_at is not None and now >= worker.stop_at:
                self._retire(worker, now, self._terms.grace_seconds + MARGIN_SECONDS)
                continue
            if worker.serves and worker.started_at >= self._start_at:
                self._early_deaths = 0
            fault = self._faults.find(worker, self._terms.call_seconds, now)
            if fault is not None:
                self._replace(worker, fault, now)

    def _replace(self, worker: WatchedWorker, fault: Fault, now: float) -> None:
        logger.error("Worker process %d is replaced: %s.", worker.pid, fault.why)
        self._retire(worker, now, self._terms.grace_seconds + MARGIN_SECONDS)
        self._expect_another(worker, now)
        worker.replaces = None

    def _expect_another(self, worker: WatchedWorker, now: float) -> None:
        """Start another worker soon, unless *worker* has or is one that takes over."""
        is_covered = worker.stop_at is not None or worker.replaces is not None
        if not is_covered and not has_heir(worker, self._workers.values()):
            self._missing += 1
            self._start_at = min(self._start_at, now)

    def _release(self, worker: WatchedWorker, now: float) -> None:
        """Let a worker serve on for a moment: its clients open their next connection elsewhere."""
        worker.record.retires = True
        worker.stop_at = now + RELEASE_SECONDS

    def _retire(self, worker: WatchedWorker, now: float, seconds: float) -> None:
        """Stop a worker within *seconds*: in order if it can, so that clients get a response."""
        can_stop = worker.loop_moves or not worker.serves
        worker.kill_at = now + seconds if can_stop else now
        os.kill(worker.pid, signal.SIGTERM if can_stop else signal.SIGKILL)

    # Ends.

    def _reap(self, now: float) -> int | None:
        """Handle workers that ended; return a status if the predictor must stop."""
        for worker in list(self._workers.values()):
            pid, waited = os.waitpid(worker.pid, os.WNOHANG)
            if pid == 0:
                continue
            del self._workers[worker.pid]
            status = os.waitstatus_to_exitcode(waited)
            if worker.kill_at is not None or self._signals.asks_to_stop_now:
                continue
            self._faults.note_end(worker, status, now)
            is_alone = not any(each.serves for each in self._workers.values())
            if status > 0 and is_alone and not (worker.serves or worker.models_in_calls()):
                logger.error("Worker process %d cannot start; the predictor stops.", worker.pid)
                return 1
            self._start_at = now
            if not worker.serves:
                self._start_at += min(0.1 * 2 ** min(self._early_deaths, 10), _MAX_DELAY)
                self._early_deaths += 1
            # If an heir ends, the worker that it should replace stays in service.
            self._expect_another(worker, self._start_at)
        return None

    # Stopping.

    def _should_stop_early(self) -> bool:
        """Report whether to stop before the first worker serves."""
        return self._signals.asks_to_stop or self._hangup_stops()

    def _must_stop(self, now: float) -> bool:
        """Report whether to stop now. After SIGTERM, the drain comes first."""
        if self._hangup_stops() or self._signals.asks_to_stop_now:
            return True
        if not self._signals.asks_to_stop:
            return False
        if not self._drain.has_begun and not any(each.serves for each in self._workers.values()):
            return True
        return self._drain.is_over(now)

    def _hangup_stops(self) -> bool:
        """Report whether SIGHUP came and stops; otherwise it renews the workers."""
        if not self._signals.take_hangup():
            return False
        if self._forks.endowment is None or self._terms.workers == 1:
            # As any program does when its terminal closes, unless `nohup` started it.
            return not self._signals.ignores_hangup
        self._to_renew = [
            each
            for each in self._workers.values()
            if each.replaces is None and each.stop_at is None
        ]
        return False

    def _stop(self, status: int, seconds: float) -> int:
        if self._forks.endowment is not None:
            os.close(self._forks.endowment.listener)
        end_workers(self._workers, seconds)
        return status
