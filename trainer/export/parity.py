"""The proof that an exported model answers as the fitted pipeline does, row by row."""

import numpy as np

from shared.contract.documents import Parity, Task
from shared.errors import ExportError
from shared.inference.golden_rows import TOLERANCE
from shared.inference.servable import Predictions


def prove_parity(task: Task, fitted: Predictions, exported: Predictions) -> Parity:
    """Compare two answers to the same rows.

    Labels must be equal and probabilities within 1e-5; a regressor's numbers within 1e-5 of
    their size, to which the mean size of all is added: a sum that comes near zero by chance is
    not held against float32.
    Raises ExportError that says how far they are apart.
    """
    rows = len(fitted.values)
    if task == "regression":
        relative = _relative_difference(fitted, exported)
        _require("numbers differ, relative to their size,", relative, rows)
        return Parity(
            rows=rows,
            labels_equal=True,
            max_probability_difference=None,
            max_relative_difference=relative,
        )
    different = int((fitted.values != exported.values).sum())
    if different:
        raise ExportError(f"its ONNX model answers another class on {different} of {rows} rows")
    largest = _largest_difference(fitted, exported)
    if largest is not None:
        _require("probabilities differ", largest, rows)
    return Parity(rows=rows, labels_equal=True, max_probability_difference=largest)


def _require(what: str, largest: float, rows: int) -> None:
    if not largest <= TOLERANCE:  # also when it is NaN
        raise ExportError(
            f"its ONNX model's {what} by up to {largest:.2g} on {rows} rows; "
            f"at most {TOLERANCE:g} is allowed"
        )


def _relative_difference(fitted: Predictions, exported: Predictions) -> float:
    sizes = np.abs(fitted.values)
    typical = float(sizes.mean()) or 1.0
    return float(np.max(np.abs(fitted.values - exported.values) / (sizes + typical)))


def _largest_difference(fitted: Predictions, exported: Predictions) -> float | None:
    if fitted.probabilities is None:
        return None
    found = exported.probabilities
    if found is None or found.shape != fitted.probabilities.shape:
        raise ExportError(f"its ONNX model gives no probabilities of {fitted.probabilities.shape}")
    return float(np.max(np.abs(fitted.probabilities - found)))
