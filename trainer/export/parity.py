"""Prove that an exported model predicts the same as the fitted pipeline, row by row."""

import numpy as np

from shared.contract.documents import Parity, Task
from shared.errors import ExportError
from shared.inference.golden_rows import TOLERANCE
from shared.inference.servable import Predictions


def prove_parity(task: Task, fitted: Predictions, exported: Predictions) -> Parity:
    """Compare the predictions of both models for the same rows.

    Labels must be equal, and probabilities within 1e-5. For a regressor, each difference must be
    within 1e-5 of the number's size plus the mean size. The mean is added because float32 is not
    exact for a sum that is near zero by chance.
    Raises ExportError that states the difference.
    """
    rows = len(fitted.values)
    if task == "regression":
        sizes = np.abs(fitted.values)
        typical = float(sizes.mean()) or 1.0
        relative = float(np.max(np.abs(fitted.values - exported.values) / (sizes + typical)))
        _require("numbers differ, relative to their size,", relative, rows)
        return Parity(
            rows=rows,
            labels_equal=True,
            max_probability_difference=None,
            max_relative_difference=relative,
        )
    different = int((fitted.values != exported.values).sum())
    if different:
        raise ExportError(f"its ONNX model predicts another class on {different} of {rows} rows")
    largest = _largest_difference(fitted, exported)
    if largest is not None:
        _require("probabilities differ", largest, rows)
    return Parity(rows=rows, labels_equal=True, max_probability_difference=largest)


def _require(difference: str, largest: float, rows: int) -> None:
    if not largest <= TOLERANCE:  # also when it is NaN
        raise ExportError(
            f"its ONNX model's {difference} by up to {largest:.2g} on {rows} rows; "
            f"at most {TOLERANCE:g} is allowed"
        )


def _largest_difference(fitted: Predictions, exported: Predictions) -> float | None:
    if fitted.probabilities is None:
        return None
    expected, actual = fitted.probabilities, exported.probabilities
    if actual is None or actual.shape != expected.shape:
        raise ExportError(f"its ONNX model returns no probabilities of the shape {expected.shape}")
    return float(np.max(np.abs(expected - actual)))
