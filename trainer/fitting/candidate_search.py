"""Fit every candidate on train, score it on validation, and rank the candidates by the metric."""

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait

from shared.errors import CandidatesError
from trainer.candidates.candidate_table import Candidate, Table, list_candidates
from trainer.candidates.estimator_kinds import require_suitable_candidate, unsuitable_reason
from trainer.candidates.estimator_text import describe_error
from trainer.candidates.parameter_spaces import draw_settings
from trainer.candidates.threshold import own_threshold_reason
from trainer.console import Console
from trainer.fitting.candidate_trials import CandidateTrials
from trainer.fitting.progress import Progress
from trainer.fitting.trial import Trial, TrialContext, rejected_trial
from trainer.fitting.trial_pool import MakePool, ThreadTrialPool
from trainer.fitting.warning_notes import USER_WARNINGS

_TICK_SECONDS = 0.2
_MAX_NOTES = 10


def fit_candidates(
    table: Table,
    context: TrialContext,
    console: Console,
    meanwhile: Callable[[], None] = lambda: None,
    make_pool: MakePool = ThreadTrialPool,
) -> list[Trial]:
    """Fit and score every candidate; return the best trial of each, in the table's order.

    Each candidate is fitted as written, then with every setting drawn for it, in the pool that
    *make_pool* returns. *meanwhile* runs in this thread while the fits run.
    Raises CandidatesError if no candidate suits the task, or a parameter space gives no setting.
    """
    candidates = list_candidates(table)
    task = context.schema.task
    require_suitable_candidate(candidates, task)
    trials = {
        candidate.name: rejected_trial(candidate, reason)
        for candidate in candidates
        if (reason := _find_reason(candidate, context))
    }
    searches = [
        CandidateTrials(candidate, _draw(candidate, context))
        for candidate in candidates
        if candidate.name not in trials
    ]
    if not searches:
        raise no_candidate_error(list(trials.values()))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        for category in USER_WARNINGS:
            warnings.simplefilter("always", category)
        _run_trials(searches, context, console, meanwhile, make_pool)
    notes = {describe_error(w.message) for w in caught if isinstance(w.message, Warning)}
    _print_results(searches, sorted(notes), context.metric, console)
    trials |= {search.candidate.name: search.best_trial() for search in searches}
    return [trials[candidate.name] for candidate in candidates]


def rank_trials(trials: list[Trial]) -> list[Trial]:
    """Return the fitted candidates, best first; ties keep the table's order.

    Raises CandidatesError if no candidate was fitted.
    """
    fitted = [trial for trial in trials if trial.fitted is not None]
    if not fitted:
        raise no_candidate_error(trials)
    return sorted(fitted, key=lambda trial: -trial.fitted.score if trial.fitted else 0.0)


def no_candidate_error(trials: list[Trial]) -> CandidatesError:
    """Return the error for a table without a candidate that can be published."""
    reasons = "; ".join(f"{trial.result.name}: {trial.result.error}" for trial in trials)
    return CandidatesError(f"No estimator can be published: {reasons}. See docs/estimators.md.")


def _find_reason(candidate: Candidate, context: TrialContext) -> str | None:
    """Return why the candidate is not fitted; None if it is."""
    reason = unsuitable_reason(candidate.estimator, context.schema.task)
    if reason is None and context.threshold is not None:
        return own_threshold_reason(candidate.estimator)
    return reason


def _draw(candidate: Candidate, context: TrialContext) -> list[dict[str, object]]:
    if not (context.search and candidate.space):
        return []
    try:
        return draw_settings(candidate.space, context.search, context.seed)
    except Exception as error:  # a user's distribution may raise anything
        raise CandidatesError(
            f"No settings can be drawn from the parameter space of {candidate.name}: "
            f"{describe_error(error)}."
        ) from error


def _run_trials(
    searches: Sequence[CandidateTrials],
    context: TrialContext,
    console: Console,
    meanwhile: Callable[[], None],
    make_pool: MakePool,
) -> None:
    """Run all trials: first every candidate as written, then one search after the other."""
    trials = [(search, 0) for search in searches]
    trials += [(search, n + 1) for search in searches for n in range(search.drawn)]
    progress = Progress(searches, context.metric, console)
    progress.show()
    pool = make_pool(context, len(trials))
    try:
        futures = {pool.submit(search, number) for search, number in trials}
        meanwhile()
        _wait(futures, progress)
    finally:
        pool.stop()


def _wait(pending: set[Future[None]], progress: Progress) -> None:
    while pending:
        progress.show()
        done, pending = wait(pending, _TICK_SECONDS)
        for future in done:
            future.result()


def _print_results(
    searches: Sequence[CandidateTrials], notes: Sequence[str], metric: str, console: Console
) -> None:
    failures = [text for search in searches if (text := search.describe_failures())]
    for note in (*notes[:_MAX_NOTES], *failures):
        console.line_once(f"note: {note}")
    if len(notes) > _MAX_NOTES:
        console.line(f"note: and {len(notes) - _MAX_NOTES} more warnings of this kind")
    for search in searches:
        if text := search.describe_best(metric):
            console.line(text)
