"""Run trials on the workers of a Dask cluster."""

from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from shared.errors import ClusterError, ModelgateError
from trainer.candidates.estimator_text import describe_error
from trainer.cluster import pickled
from trainer.cluster.connection import CONNECTION_LOST, Cluster
from trainer.cluster.remote_trial import SharedState, count_threads, load_trial, run_remote_trial
from trainer.cluster.user_modules import collect_modules
from trainer.cluster.versions import own_versions
from trainer.dataset.split import Split
from trainer.fitting.candidate_trials import CandidateTrials
from trainer.fitting.trial import TrialContext, rejected_trial

if TYPE_CHECKING:
    from distributed import Future as Task

_MAX_STARTS = 4
"""Times that a trial is started. Dask starts it again by itself when its worker has ended."""
_WORKERS_ENDED = "each worker that fitted it has ended, probably for lack of memory"


@dataclass
class _Started:
    """A trial that runs on the cluster, or waits for a worker."""

    search: CandidateTrials
    number: int
    pickled: bytes
    """The candidate and its setting."""
    ended: Future[None] = field(default_factory=Future)
    starts: int = 0
    task: "Task[Any] | None" = None

    def reject(self, reason: str) -> None:
        """Record that it failed."""
        self.search.record(self.number, rejected_trial(self.search.candidate, reason))
        self.ended.set_result(None)


class DaskTrialPool:
    """The workers of a cluster. The rows are sent to them once, when the pool is made.

    Raises WorkersDifferError if a worker has other versions.
    """

    def __init__(self, cluster: Cluster, candidates: str | None, context: TrialContext) -> None:
        cluster.require_same_versions()
        self._cluster = cluster
        self._state = SharedState(
            _without_holdout(context), collect_modules(candidates), own_versions(), count_threads()
        )
        self._lock = Lock()
        self._stopped = False
        self._tasks = dict[int, _Started]()
        self._sent = self._send()

    def submit(self, search: CandidateTrials, number: int) -> Future[None]:
        """Begin a trial on the next free worker."""
        started = _Started(search, number, b"")
        try:
            started.pickled = pickled.dump((search.candidate, search.settings[number]))
        except Exception as error:  # noqa: BLE001 - pickled objects raise errors of many types
            started.reject(f"it cannot be pickled ({describe_error(error)})")
        else:
            self._start(started)
        return started.ended

    def stop(self) -> None:
        """Cancel all trials. A fit that runs ends on its worker, and its result is dropped."""
        with self._lock:
            self._stopped = True
            tasks = [started.task for started in self._tasks.values()]
        if self._cluster.client.status == "running":
            self._cluster.client.cancel([*tasks, self._sent], force=True)

    def _send(self) -> "Task[Any]":
        """Send the rows to all workers. Without any, wait until one comes or the run ends."""
        while True:
            try:
                return self._cluster.client.scatter(self._state, broadcast=True, hash=False)
            except TimeoutError as error:
                if self._stopped or self._cluster.failure:
                    raise self._cluster.lost() from error
            except OSError as error:
                raise self._cluster.lost() from error

    def _start(self, started: _Started) -> None:
        with self._lock:
            if self._stopped:
                started.ended.cancel()
                return
            started.starts += 1
            started.task = self._cluster.client.submit(
                run_remote_trial, self._sent, started.pickled, pure=False
            )
            self._tasks[id(started)] = started
        started.task.add_done_callback(partial(self._finish, started))

    def _finish(self, started: _Started, task: "Task[Any]") -> None:
        """Record a trial that has ended, in a thread of Dask."""
        with self._lock:
            self._tasks.pop(id(started), None)
        from distributed import KilledWorker  # noqa: PLC0415 - only a cluster needs it
        from distributed.client import FutureCancelledError  # noqa: PLC0415 - as above

        try:
            trial = load_trial(task.result())
        except KilledWorker:
            started.reject(_WORKERS_ENDED)
        except FutureCancelledError as error:
            self._start_again(started, error.reason)
        except ModelgateError as error:
            started.ended.set_exception(error)
        except Exception as error:  # noqa: BLE001 - a worker may raise anything
            started.ended.set_exception(
                ClusterError(
                    f"A Dask worker could not fit {started.search.candidate.name} "
                    f"({describe_error(error)}). Nothing was published. Install on the workers "
                    "what the table of candidates imports, then train again."
                )
            )
        else:
            started.search.record(started.number, trial)
            started.ended.set_result(None)

    def _start_again(self, started: _Started, reason: str) -> None:
        """Start a trial again whose rows were lost, because all workers that had them ended."""
        if self._stopped:
            started.ended.cancel()
        elif reason == CONNECTION_LOST or self._cluster.failure:
            started.ended.set_exception(self._cluster.lost())
        elif started.starts == _MAX_STARTS:
            started.reject(_WORKERS_ENDED)
        else:
            try:
                self._send_again()
            except ClusterError as error:
                started.ended.set_exception(error)
            else:
                self._start(started)

    def _send_again(self) -> None:
        if self._sent.status != "finished":  # only this thread of Dask sends again
            self._sent = self._send()


def _without_holdout(context: TrialContext) -> TrialContext:
    splits = context.splits
    empty = Split(splits.holdout.rows[:0], splits.holdout.target[:0])
    slim = replace(splits, holdout=empty, train_and_validation=None, places=None)
    return replace(context, splits=slim)
