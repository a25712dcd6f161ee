"""A model's answers on a holdout, as they cross from the process that ran it to the comparer.

A file of plain float64 numbers, a row for each row of the holdout: the answer, then a probability
for each class of the challenger, NaN where the model gives none. `answers_file` has made the file.
Nothing in it is trusted, and nothing in it is parsed.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from gatekeeper.evidence.prediction_file import row_width
from shared.contract.documents import Artefact
from shared.errors import ServableError
from shared.inference.servable import Predictions

_FLOAT = np.dtype("<f8")


def write_predictions(path: Path, predictions: Predictions, artefact: Artefact) -> None:
    """Write what was answered in the classes of *artefact*, whose the holdout is.

    Raises ServableError when there are more answers than a model may hold in memory.
    """
    rows = len(predictions.values)
    if rows * row_width(artefact) * _FLOAT.itemsize > path.stat().st_size:
        raise ServableError(
            f"Its answers to {rows} rows in {len(artefact.classes)} classes take more memory than "
            "a model may. See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    answers = _map(path, rows, artefact, "r+")
    answers[:, 0] = predictions.values
    answers[:, 1:] = np.nan if predictions.probabilities is None else predictions.probabilities


def read_predictions(path: Path, rows: int, artefact: Artefact) -> Predictions:
    """Read the answers to so many rows.

    Raises ServableError for what are no answers, ValueError or OSError when the file is another.
    """
    answers = np.array(_map(path, rows, artefact, "r"))
    values, probabilities = answers[:, 0], answers[:, 1:]
    given = artefact.task == "classification" and not np.isnan(probabilities).all()
    predictions = Predictions(values, probabilities if given else None)
    require_valid(predictions, rows, artefact)
    kind = np.int64 if artefact.task == "classification" else np.float64
    return Predictions(values.astype(kind), predictions.probabilities)


def require_valid(predictions: Predictions, rows: int, artefact: Artefact) -> None:
    """No metric may be computed from answers that are no answers; raises ServableError."""
    values, probabilities = predictions.values, predictions.probabilities
    if artefact.task == "regression":
        if values.shape != (rows,) or not np.isfinite(values).all():
            raise ServableError(f"Of {rows} holdout rows, some got no finite number for an answer.")
        return
    classes = len(artefact.classes)
    if values.shape != (rows,) or not np.isin(values, np.arange(classes)).all():
        raise ServableError(
            f"Of {rows} holdout rows, some got an answer that is none of the {classes} classes."
        )
    if probabilities is None:
        return
    if probabilities.shape != (rows, classes):
        raise ServableError(
            f"The probabilities have shape {probabilities.shape}; expected {(rows, classes)}."
        )
    if not np.isfinite(probabilities).all():
        raise ServableError("Some probabilities on the holdout are NaN or infinite.")


def are_constant(predictions: Predictions) -> bool:
    """Return whether all rows have the same prediction, including their probabilities."""
    probabilities = predictions.probabilities
    values = predictions.values if probabilities is None else probabilities
    return bool((values == values[:1]).all())


def _map(path: Path, rows: int, artefact: Artefact, mode: str) -> npt.NDArray[np.float64]:
    shape = (rows, row_width(artefact))
    return np.memmap(path, dtype=_FLOAT, mode=mode, shape=shape)  # type: ignore[call-overload, no-any-return]
