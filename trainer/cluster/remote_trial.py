"""Run one trial on a worker. The rows are sent to each worker once, not with each trial."""

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from threadpoolctl import threadpool_info, threadpool_limits

from trainer.candidates.estimator_text import describe_error
from trainer.cluster import pickled
from trainer.cluster.user_modules import UserModules, install_modules
from trainer.cluster.versions import Versions, report_versions, require_equal
from trainer.fitting.trial import Trial, TrialContext, run_trial
from trainer.fitting.warning_notes import USER_WARNINGS


@dataclass(frozen=True)
class SharedState:
    """Everything that the trials of a run share. A worker gets it once."""

    context: TrialContext
    """Its holdout has no rows: those stay with the trainer."""
    modules: UserModules
    versions: Versions
    """Those of the trainer."""
    threads: dict[str, int]
    """The threads that numerical libraries of the trainer use, by their kind.

    Sums of another number of threads may differ in the last bit.
    """


@dataclass(frozen=True)
class RemoteTrial:
    """The result of a trial, pickled, and the warnings of its fit."""

    trial: bytes
    warnings: list[tuple[type[Warning], str]]


def count_threads() -> dict[str, int]:
    """Return the number of threads of each kind of numerical library in this process."""
    threads: dict[str, int] = {}
    for library in threadpool_info():
        kind, count = str(library["user_api"]), int(library["num_threads"])
        threads[kind] = max(count, threads.get(kind, 1))
    return threads


def run_remote_trial(state: SharedState, task: bytes, worker: str = "This worker") -> RemoteTrial:
    """Run the trial of a pickled candidate and setting, as `run_trial` does in the trainer.

    Raises WorkersDifferError on a worker that joined later with other versions.
    """
    require_equal(state.versions, {_name(worker): report_versions(tuple(state.versions))})
    install_modules(state.modules)
    candidate, setting = pickled.load(task)
    _NOTES.begin()
    threadpool_limits(state.threads)  # in each thread, and for libraries that were just imported
    trial = run_trial(candidate, setting, state.context)
    return RemoteTrial(_pickle(trial), _NOTES.end())


def _name(default: str) -> str:
    from distributed import get_worker  # noqa: PLC0415 - only a cluster needs it

    try:
        return str(get_worker().address)
    except ValueError:  # in a test, without a worker
        return default


def _pickle(trial: Trial) -> bytes:
    try:
        return pickled.dump(trial)
    except Exception as error:  # noqa: BLE001 - pickled objects raise errors of many types
        reason = f"it cannot be pickled ({describe_error(error)})"
        return pickled.dump(trial.rejected(reason))


class _Notes(threading.local):
    """The warnings of the trial in this thread."""

    found: list[tuple[type[Warning], str]] | None = None

    def begin(self) -> None:
        """Collect from now on. Warnings of other threads are shown as before."""
        self.found = []
        if warnings.showwarning is not _show:
            _BEFORE[:] = [warnings.showwarning]
            warnings.simplefilter("ignore")
            for category in USER_WARNINGS:
                warnings.simplefilter("always", category)
            warnings.showwarning = _show

    def end(self) -> list[tuple[type[Warning], str]]:
        """Return what was collected."""
        found, self.found = self.found or [], None
        return list(dict.fromkeys(found))


_NOTES = _Notes()
_BEFORE: list[Callable[..., None]] = []


def _show(message: Warning | str, category: type[Warning], *place: Any, **others: Any) -> None:
    if _NOTES.found is not None:
        _NOTES.found.append((category, str(message)))
    else:
        _BEFORE[0](message, category, *place, **others)


def load_trial(result: RemoteTrial) -> Trial:
    """Return the trial, and show its warnings in this process."""
    for category, text in result.warnings:
        warnings.warn(text, category, stacklevel=2)
    trial: Any = pickled.load(result.trial)
    assert isinstance(trial, Trial)  # noqa: S101 - for the type
    return trial
