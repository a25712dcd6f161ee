"""The best candidate that can be exported."""

from dataclasses import dataclass

from shared.contract.documents import CandidateResult
from shared.errors import ExportError
from trainer.console import Console
from trainer.dataset.schema import Schema
from trainer.dataset.split import Parts
from trainer.export.export import Exported, export
from trainer.fitting.selection import none_left, ranked
from trainer.fitting.trial import Attempt


@dataclass(frozen=True)
class Choice:
    """The candidate to publish, and what became of all."""

    name: str
    exported: Exported
    results: tuple[CandidateResult, ...]
    """Every candidate of the table, in its order."""


def choose(
    attempts: list[Attempt],
    schema: Schema,
    parts: Parts,
    console: Console,
    *,
    allow_joblib: bool,
) -> Choice:
    """Export the best candidate on validation; where that fails, the next.

    Candidates behind the chosen one are not exported: it would change nothing.
    Raises CandidatesError when none can be exported.
    """
    left = {attempt.result.name: attempt for attempt in attempts}
    for attempt in ranked(attempts):
        name = attempt.result.name
        assert attempt.fitted is not None  # noqa: S101 - ranked leaves the others out
        console.working(f"Exporting {name}")
        try:
            exported = export(attempt.fitted, schema, parts, allow_joblib=allow_joblib)
        except ExportError as error:
            left[name] = attempt.failed(str(error))
            continue
        return Choice(name, exported, tuple(attempt.result for attempt in left.values()))
    raise none_left(list(left.values()))
