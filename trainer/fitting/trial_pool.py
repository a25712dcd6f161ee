"""Run trials at the same time: in threads of this process, unless another pool is given."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeAlias

import joblib

from trainer.fitting.candidate_trials import CandidateTrials
from trainer.fitting.trial import TrialContext, run_trial


class TrialPool(Protocol):
    """A place where trials run. Each one is recorded by its search when it ends."""

    def submit(self, search: CandidateTrials, number: int) -> Future[None]:
        """Begin the trial of setting *number*; its future ends when the trial is recorded."""
        ...

    def stop(self) -> None:
        """Cancel what has not begun, and wait for nothing."""
        ...


MakePool: TypeAlias = Callable[[TrialContext, int], TrialPool]
"""Makes a pool for the data and the number of trials."""


class ThreadTrialPool:
    """One thread for each core.

    A fit releases the GIL, but a process would import scikit-learn again and copy the data.
    """

    def __init__(self, context: TrialContext, trials: int) -> None:
        self._context = context
        _ = context.train_frame  # built here once, not in each thread
        workers = min(trials, joblib.cpu_count())
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="fit")

    def submit(self, search: CandidateTrials, number: int) -> Future[None]:
        """Begin a trial in the next free thread."""
        return self._executor.submit(self._run, search, number)

    def stop(self) -> None:
        """Cancel what has not begun. A fit in a thread cannot be stopped."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _run(self, search: CandidateTrials, number: int) -> None:
        """Run one trial. Return nothing, so that only the search keeps the pipeline in memory."""
        trial = run_trial(search.candidate, search.settings[number], self._context)
        search.record(number, trial)
