"""`python -m tests.contract.conversions`: print the conversion tables of docs/estimators.md."""

import io
import warnings
from dataclasses import dataclass
from typing import Any

from tests.contract.convertible import CLASSIFIERS, NOT_CONVERTIBLE, REGRESSORS, STEPS
from tests.support.tables.mixed_table import parts_of, schema_of
from trainer.console import Console
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext

BOUNDS = (1e-6, 1e-5)


@dataclass(frozen=True)
class Measured:
    """A row of the table."""

    difference: float
    is_wide: bool

    @property
    def bound(self) -> float:
        return min(bound for bound in BOUNDS if self.difference <= bound)


def exported(estimator: Any, classes: int) -> ExportedCandidate:
    """Export a candidate as a run of the trainer does. Raise ExportError if it does not convert."""
    parts, schema = parts_of(classes), schema_of(classes)
    fitting = TrialContext(parts, schema, "accuracy" if classes else "r2", 42)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (attempt,) = fit_candidates({"it": estimator}, fitting, Console(io.StringIO()))
        assert attempt.fitted is not None, attempt.result.error
        return export_candidate(attempt.fitted, schema, parts, allow_joblib=False)


def measured(estimator: Any, *tasks: int) -> Measured:
    """Measure the largest difference over some tasks, each a number of classes."""
    found = [exported(estimator, classes) for classes in tasks]
    differences = [
        result.parity.max_probability_difference or result.parity.max_relative_difference or 0.0
        for result in found
        if result.parity is not None
    ]
    assert len(differences) == len(found)
    return Measured(
        max(differences), any(result.artefact.number_type == "float64" for result in found)
    )


def everything() -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Return all convertible candidates with the tasks on which each is measured."""
    classifiers = {**CLASSIFIERS, **STEPS}
    return {
        **{name: (estimator, (2, 3)) for name, estimator in classifiers.items()},
        **{name: (estimator, (0,)) for name, estimator in REGRESSORS.items()},
    }


def table() -> str:
    """Return the tables of docs/estimators.md."""
    lines = list[str]()
    for title, entries, tasks in (
        ("Classifier", CLASSIFIERS, (2, 3)),
        ("Regressor", REGRESSORS, (0,)),
        ("Step of a pipeline", STEPS, (2, 3)),
    ):
        lines += ["", f"| {title} | computes in | largest difference |", "|---|---|---|"]
        for name, estimator in entries.items():
            row = measured(estimator, *tasks)
            lines.append(f"| `{name}` | {_kind(row)} | ≤ {row.bound:.0e} |".replace("e-0", "e-"))
    lines += ["", "| Not convertible | why |", "|---|---|"]
    lines += [f"| `{name}` | {why} |" for name, (_, why) in NOT_CONVERTIBLE.items()]
    return "\n".join(lines).strip()


def _kind(row: Measured) -> str:
    return "float64" if row.is_wide else "float32"


if __name__ == "__main__":
    print(table())  # noqa: T201 - to be copied into the document
