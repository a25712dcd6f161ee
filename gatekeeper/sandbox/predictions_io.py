"""Pass a model's predictions from the scoring process to the comparing process, in a file.

The file holds float64 numbers, one row for each row of the holdout: the prediction, then a
probability for each class of the challenger, or NaN if the model gives none. The parent has
created the file (`gatekeeper.evidence.prediction_file`). Readers do not trust its content.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from gatekeeper.evidence.prediction_file import count_row_numbers
from shared.contract.documents import Artefact
from shared.errors import ServableError
from shared.inference.servable import Predictions

_FLOAT = np.dtype("<f8")


def write_predictions(path: Path, predictions: Predictions, artefact: Artefact) -> None:
    """Write predictions in the classes of *artefact*, the challenger's.

    Raises ServableError when they need more memory than a model may use.
    """
    rows = len(predictions.values)
    if rows * count_row_numbers(artefact) * _FLOAT.itemsize > path.stat().st_size:
        raise ServableError(
            f"Its predictions for {rows} rows and {len(artefact.classes)} classes need more memory "
            "than a model may use. See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    table = _map(path, rows, artefact, "r+")
    table[:, 0] = predictions.values
    table[:, 1:] = np.nan if predictions.probabilities is None else predictions.probabilities


def read_predictions(path: Path, rows: int, artefact: Artefact) -> Predictions:
    """Read the predictions for *rows* rows.

    Raises:
        ServableError: The numbers are not predictions for *artefact*.
        ValueError: The file has another size.
        OSError: The file cannot be read.
    """
    table = np.array(_map(path, rows, artefact, "r"))
    values, probabilities = table[:, 0], table[:, 1:]
    given = artefact.task == "classification" and not np.isnan(probabilities).all()
    predictions = Predictions(values, probabilities if given else None)
    require_valid(predictions, rows, artefact)
    kind = np.int64 if artefact.task == "classification" else np.float64
    return Predictions(values.astype(kind), predictions.probabilities)


def require_valid(predictions: Predictions, rows: int, artefact: Artefact) -> None:
    """Check shape, classes and finite numbers before a metric is computed; raises ServableError."""
    values, probabilities = predictions.values, predictions.probabilities
    if artefact.task == "regression":
        if values.shape != (rows,) or not np.isfinite(values).all():
            raise ServableError(f"Some of the {rows} holdout rows have no finite prediction.")
        return
    classes = len(artefact.classes)
    if values.shape != (rows,) or not np.isin(values, np.arange(classes)).all():
        raise ServableError(
            f"Some of the {rows} holdout rows have a prediction outside the {classes} classes."
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
    shape = (rows, count_row_numbers(artefact))
    # numpy's types list the modes one by one.
    return np.memmap(path, dtype=_FLOAT, mode=mode, shape=shape)  # type: ignore[call-overload, no-any-return]  # see above
