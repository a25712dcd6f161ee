"""Choose the best candidate that can be exported."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.contract.run_results import CandidateResult
from shared.errors import ExportError
from trainer.console import Console
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Splits
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.candidate_search import no_candidate_error, rank_trials
from trainer.fitting.trial import FittedCandidate, Trial


@dataclass(frozen=True)
class Choice:
    """The candidate to publish, and the results of all candidates."""

    name: str
    exported: ExportedCandidate
    results: tuple[CandidateResult, ...]
    """In the order of the table."""


def choose_candidate(
    trials: list[Trial],
    schema: DataSchema,
    splits: Splits,
    console: Console,
    *,
    allow_joblib: bool,
    refit: Callable[[FittedCandidate], FittedCandidate] | None = None,
) -> Choice:
    """Export the best candidate on validation; if that fails, the next best.

    *refit* fits it again before the export. Candidates behind the chosen one are not exported.
    Raises CandidatesError if no candidate can be exported.
    """
    results = {trial.result.name: trial for trial in trials}
    for trial in rank_trials(trials):
        name = trial.result.name
        assert trial.fitted is not None  # noqa: S101 - ranked trials are fitted
        try:
            fitted = trial.fitted
            if refit is not None:
                console.show_progress(f"Fitting {name} on train and validation")
                fitted = refit(fitted)
            console.show_progress(f"Exporting {name}")
            exported = export_candidate(fitted, schema, splits, allow_joblib=allow_joblib)
        except ExportError as error:
            results[name] = trial.rejected(str(error))
            continue
        console.lines(f"note: {name}: {note}" for note in exported.notes)
        return Choice(name, exported, tuple(trial.result for trial in results.values()))
    raise no_candidate_error(list(results.values()))
