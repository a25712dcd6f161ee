"""The best candidate that can be exported."""

from dataclasses import dataclass

from shared.contract.documents import CandidateResult
from shared.errors import ExportError
from trainer.console import Console
from trainer.dataset.schema import DataSchema
from trainer.dataset.split import Splits
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.selection import no_candidate_error, rank_trials
from trainer.fitting.trial import Trial


@dataclass(frozen=True)
class Choice:
    """The candidate to publish, and what became of all."""

    name: str
    exported: ExportedCandidate
    results: tuple[CandidateResult, ...]
    """Every candidate of the table, in its order."""


def choose_candidate(
    trials: list[Trial],
    schema: DataSchema,
    parts: Splits,
    console: Console,
    *,
    allow_joblib: bool,
) -> Choice:
    """Export the best candidate on validation; where that fails, the next.

    Candidates behind the chosen one are not exported: it would change nothing.
    Raises CandidatesError when none can be exported.
    """
    left = {trial.result.name: trial for trial in trials}
    for trial in rank_trials(trials):
        name = trial.result.name
        assert trial.fitted is not None  # noqa: S101 - ranked leaves the others out
        console.show_progress(f"Exporting {name}")
        try:
            exported = export_candidate(trial.fitted, schema, parts, allow_joblib=allow_joblib)
        except ExportError as error:
            left[name] = trial.rejected(str(error))
            continue
        return Choice(name, exported, tuple(trial.result for trial in left.values()))
    raise no_candidate_error(list(left.values()))
