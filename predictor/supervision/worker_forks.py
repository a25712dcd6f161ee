"""Start workers as forks of this process, which is single-threaded and has opened no model."""

import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Collection
from typing import NoReturn

from predictor.supervision.handover import Endowment, Handover, Terms
from predictor.supervision.parent_signals import SIGNALS, ParentSignals
from predictor.supervision.shared_records import MAX_WORKERS, SharedRecords
from predictor.supervision.stopwatch import Stopwatch
from predictor.supervision.worker_post import RunWorker, WatchedWorker, WorkerPost

logger = logging.getLogger("predictor.supervisor")

LOOK_SECONDS = 0.25
"""Seconds between two looks at the workers."""

STUCK_SECONDS = 5.0
"""Seconds that a worker has to stop if it starts or is stuck."""


class FirstWorkerError(Exception):
    """The first worker ended before its handover. The argument is its exit status."""


class WorkerForks:
    """Starts workers, which share the listening socket and the metrics of the first one."""

    def __init__(
        self, run_worker: RunWorker, records: SharedRecords, signals: ParentSignals
    ) -> None:
        self._run_worker = run_worker
        self._records = records
        self._signals = signals
        self.endowment: Endowment | None = None

    def start_first(
        self, wakeup: int, should_stop: Callable[[], bool]
    ) -> tuple[WatchedWorker, Terms | None]:
        """Start the first worker and wait for its handover; no terms if *should_stop* says so.

        Raises FirstWorkerError.
        """
        handover = Handover()
        first = self.start((), handover)
        handover.keep_parent_end()
        while not should_stop():
            readable = [handover.fileno(), wakeup]
            if handover.fileno() not in select.select(readable, [], [], LOOK_SECONDS)[0]:
                continue
            received = handover.receive()
            if received is None:
                status = os.waitstatus_to_exitcode(os.waitpid(first.pid, 0)[1])
                raise FirstWorkerError(status if status > 0 else 1)
            terms, self.endowment = received
            return first, terms
        return first, None

    def start(
        self, used_numbers: Collection[int], handover: Handover | None = None
    ) -> WatchedWorker:
        """Start a worker with a record whose number is not used."""
        number = next(number for number in range(MAX_WORKERS) if number not in used_numbers)
        record = self._records.worker(number)
        record.clear()
        post = WorkerPost(os.getpid(), self._records, number, self.endowment, handover)
        # A signal that the child got with the handlers of its parent would be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                self._become_worker(post)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return WatchedWorker(
            pid, number, record, Stopwatch(record, 2 * LOOK_SECONDS), time.monotonic()
        )

    def _become_worker(self, post: WorkerPost) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            if self._signals.ignores_hangup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            if post.handover is not None:
                post.handover.keep_worker_end()
            status = self._run_worker(post)
        except KeyboardInterrupt:
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        except BaseException:
            logger.exception("A worker cannot start.")
        finally:
            # A thread may still compute a large reply that nobody waits for: do not wait for it.
            logging.shutdown()
            sys.stdout.flush()
            os._exit(status)


def end_workers(workers: dict[int, WatchedWorker], seconds: float) -> None:
    """End all *workers*, by process id: in order, and by force after these seconds.

    A worker whose event loop is stuck answers nothing, so it has at most STUCK_SECONDS.
    """
    now = time.monotonic()
    kill_at = {
        pid: now + (seconds if each.loop_moves else min(seconds, STUCK_SECONDS))
        for pid, each in workers.items()
    }
    for each in workers.values():
        if each.kill_at is None:
            os.kill(each.pid, signal.SIGTERM)
    while workers:
        for pid in list(workers):
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                del workers[pid]
            elif time.monotonic() >= kill_at[pid]:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
