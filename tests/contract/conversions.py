"""`python -m tests.contract.conversions`: print the conversion tables of docs/estimators.md."""

import io
import warnings
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np

from shared.contract.layout import JOBLIB_MODEL, ONNX_MODEL
from shared.inference.dataframe import to_frame
from shared.inference.golden_rows import TOLERANCE
from shared.inference.onnx_servable import OnnxServable
from shared.inference.target_scale import measure_target_scale, relative_differences
from tests.contract.convertible import CLASSIFIERS, REGRESSORS
from tests.contract.convertible_steps import NOT_CONVERTIBLE, STEPS
from tests.contract.fuzz_rows import fuzz_rows
from tests.support.tables.mixed_table import parts_of, schema_of
from trainer.console import Console
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.export.ties import is_tie
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import TrialContext

BOUNDS = (1e-6, 1e-5)
FUZZ_ROWS = 3000
_SEED = 20261127


@dataclass(frozen=True)
class Measured:
    """A row of the table."""

    difference: float
    is_wide: bool
    fuzz_rows: int
    otherwise: int
    """The number of fuzz rows that the served model answers otherwise than the pipeline."""

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
        difference=max(differences),
        is_wide=any(result.artefact.number_type == "float64" for result in found),
        fuzz_rows=FUZZ_ROWS * len(tasks),
        otherwise=sum(count_otherwise(*pair) for pair in zip(found, tasks, strict=True)),
    )


def count_otherwise(result: ExportedCandidate, classes: int) -> int:
    """Count the fuzz rows that the published files answer differently: ONNX and the pipeline."""
    schema, rows = schema_of(classes), parts_of(classes).holdout.rows
    pipeline = PipelineServable(joblib.load(io.BytesIO(result.files[JOBLIB_MODEL])), schema)
    asked = fuzz_rows(rows, schema.features, FUZZ_ROWS, _SEED, pipeline.pipeline)
    fitted, frame = pipeline.pipeline, to_frame(asked, schema.features)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        served = OnnxServable(result.files[ONNX_MODEL], result.artefact).predict(asked)
        expected = np.asarray(fitted.predict(frame), dtype=np.float64)
        if not classes:
            scale = measure_target_scale(parts_of(0).targets)
            differences = relative_differences(scale, expected, served.values)
            is_infinite = ~np.isfinite(expected) & ~np.isfinite(served.values)
            return int((~(differences <= TOLERANCE) & ~is_infinite).sum())
        is_wrong = expected != served.values
        if is_wrong.any():
            is_wrong[is_wrong] = ~is_tie(pipeline, asked[is_wrong])
        if served.probabilities is not None:
            difference = np.abs(fitted.predict_proba(frame) - served.probabilities).max(axis=1)
            is_wrong |= ~(difference <= TOLERANCE)
    return int(is_wrong.sum())


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
        lines += ["", f"| {title} | computes in | largest difference | fuzz |", "|---|---|---|---|"]
        for name, estimator in entries.items():
            row = measured(estimator, *tasks)
            bound = f"≤ {row.bound:.0e}".replace("e-0", "e-")
            fuzz = f"{row.otherwise} of {row.fuzz_rows:,}"
            lines.append(f"| `{name}` | {_kind(row)} | {bound} | {fuzz} |")
    lines += ["", "| Not convertible | why |", "|---|---|"]
    lines += [f"| `{name}` | {why} |" for name, (_, why) in NOT_CONVERTIBLE.items()]
    return "\n".join(lines).strip()


def _kind(row: Measured) -> str:
    return "float64" if row.is_wide else "float32"


if __name__ == "__main__":
    print(table())  # noqa: T201 - to be copied into the document
