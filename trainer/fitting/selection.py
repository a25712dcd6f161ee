"""Fitting every candidate on train, scoring it on validation, ranking by the metric."""

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import joblib

from shared.errors import CandidatesError
from trainer.candidates.candidate_table import Candidate, Table, candidates_of
from trainer.candidates.estimator_kinds import require_one_of_the_right_kind, why_wrong
from trainer.candidates.estimator_text import reason_of
from trainer.candidates.parameter_spaces import draw
from trainer.console import Console
from trainer.fitting.progress import Progress
from trainer.fitting.trial import Attempt, Fitting, attempt, out
from trainer.fitting.trial_board import Standing

_TICK_SECONDS = 0.2
_MOST_NOTES = 10
_FOR_USERS = (UserWarning, RuntimeWarning, FutureWarning)
"""Warnings about a fit; all others are for the authors of libraries."""


def fit_all(
    table: Table,
    fitting: Fitting,
    console: Console,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[Attempt]:
    """Fit and score every candidate, as many at once as there are cores; in the table's order.

    Each as it was written, then with the settings that a search draws for it; its best stands for
    it. Threads, because the heavy part of a fit releases the GIL, while a process would import
    scikit-learn anew and copy the data. This thread does *meanwhile* before it waits.
    Raises CandidatesError where no candidate is of the right kind, or a space cannot be drawn from.
    """
    candidates = candidates_of(table)
    task = fitting.schema.task
    require_one_of_the_right_kind(candidates, task)
    attempts = {
        candidate.name: out(candidate, reason)
        for candidate in candidates
        if (reason := why_wrong(candidate.estimator, task))
    }
    standings = [
        Standing(candidate, _drawn(candidate, fitting))
        for candidate in candidates
        if candidate.name not in attempts
    ]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        for kind in _FOR_USERS:
            warnings.simplefilter("always", kind)
        _fit_each(standings, fitting, console, meanwhile)
    notes = {reason_of(w.message) for w in caught if isinstance(w.message, Warning)}
    _tell(standings, sorted(notes), fitting.metric, console)
    attempts |= {standing.candidate.name: standing.result() for standing in standings}
    return [attempts[candidate.name] for candidate in candidates]


def ranked(attempts: list[Attempt]) -> list[Attempt]:
    """The candidates that were fitted, best first; ties in the table's order.

    Raises CandidatesError when there is none.
    """
    fitted = [attempt for attempt in attempts if attempt.fitted is not None]
    if not fitted:
        raise none_left(attempts)
    return sorted(fitted, key=lambda attempt: -attempt.fitted.score if attempt.fitted else 0.0)


def none_left(attempts: list[Attempt]) -> CandidatesError:
    """The error for a table of which no candidate can be published."""
    reasons = "; ".join(f"{attempt.result.name}: {attempt.result.error}" for attempt in attempts)
    return CandidatesError(f"No candidate can be published: {reasons}")


def _drawn(candidate: Candidate, fitting: Fitting) -> list[dict[str, object]]:
    if not (fitting.search and candidate.space):
        return []
    try:
        return draw(candidate.space, fitting.search, fitting.seed)
    except Exception as error:  # a user's distribution may raise anything
        raise CandidatesError(
            f"No settings can be drawn from the parameter space of {candidate.name}: "
            f"{reason_of(error)}."
        ) from error


def _fit_each(
    standings: Sequence[Standing],
    fitting: Fitting,
    console: Console,
    meanwhile: Callable[[], None],
) -> None:
    """Run every trial: first each candidate as it was written, then one search after the other."""
    trials = [(standing, 0) for standing in standings]
    trials += [(standing, n + 1) for standing in standings for n in range(standing.drawn)]
    _ = fitting.train_frame  # made here, not in each thread
    pool = ThreadPoolExecutor(min(len(trials), joblib.cpu_count()), thread_name_prefix="fit")
    try:
        futures = {pool.submit(_try, standing, n, fitting) for standing, n in trials}
        meanwhile()
        _wait(futures, Progress(standings, fitting.metric, console))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _try(standing: Standing, number: int, fitting: Fitting) -> None:
    """One trial; its pipeline is kept by the standing or by nobody."""
    standing.add(number, attempt(standing.candidate, standing.trials[number], fitting))


def _wait(pending: set[Future[None]], progress: Progress) -> None:
    while pending:
        progress.show()
        done, pending = wait(pending, _TICK_SECONDS)
        for future in done:
            future.result()


def _tell(
    standings: Sequence[Standing], notes: Sequence[str], metric: str, console: Console
) -> None:
    failures = [text for standing in standings if (text := standing.describe_failures())]
    for note in (*notes[:_MOST_NOTES], *failures):
        console.line(f"note: {note}")
    if len(notes) > _MOST_NOTES:
        console.line(f"note: and {len(notes) - _MOST_NOTES} more warnings of this kind")
    for standing in standings:
        if text := standing.describe_best(metric):
            console.line(text)
