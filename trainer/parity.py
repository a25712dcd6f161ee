"""The proof that an exported model answers as the fitted pipeline does, row by row."""

import numpy as np

from shared.documents import Parity
from shared.errors import ExportError
from shared.golden import TOLERANCE
from shared.servable import Predictions


def prove_parity(fitted: Predictions, exported: Predictions) -> Parity:
    """Compare two answers to the same rows: equal labels, probabilities within 1e-5.

    Raises ExportError that says how far they are apart.
    """
    rows = len(fitted.values)
    different = int((fitted.values != exported.values).sum())
    if different:
        raise ExportError(f"its ONNX model answers another class on {different} of {rows} rows")
    largest = _largest_difference(fitted, exported)
    if largest is not None and not largest <= TOLERANCE:  # also when it is NaN
        raise ExportError(
            f"its ONNX model's probabilities differ by up to {largest:.2g} on {rows} rows; "
            f"at most {TOLERANCE:g} is allowed"
        )
    return Parity(rows=rows, labels_equal=True, max_probability_difference=largest)


def _largest_difference(fitted: Predictions, exported: Predictions) -> float | None:
    if fitted.probabilities is None:
        return None
    found = exported.probabilities
    if found is None or found.shape != fitted.probabilities.shape:
        raise ExportError(f"its ONNX model gives no probabilities of {fitted.probabilities.shape}")
    return float(np.max(np.abs(fitted.probabilities - found)))
