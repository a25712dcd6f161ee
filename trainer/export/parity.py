"""Prove that an exported model predicts the same as the fitted pipeline, row by row."""

import numpy as np

from shared.contract.parity import Parity, TargetScale
from shared.errors import ExportError
from shared.inference.golden_rows import TOLERANCE
from shared.inference.servable import Predictions
from shared.inference.target_scale import relative_differences


def prove_parity(scale: TargetScale | None, fitted: Predictions, exported: Predictions) -> Parity:
    """Compare the predictions of both models for the same rows.

    Labels must be equal, and probabilities within 1e-5. For a regressor, *scale* is that of its
    target: numbers must be within 1e-5 of the target's standard deviation. Far outside of the
    target they must be within 1e-5 of their distance from its mean.
    Raises ExportError that states the difference.
    """
    rows = len(fitted.values)
    if scale is not None:
        relative = float(relative_differences(scale, fitted.values, exported.values).max())
        deviation = f"of the target's standard deviation, {scale.deviation:.4g},"
        _require(f"numbers differ by up to {relative:.2g} {deviation}", relative, rows)
        return Parity(
            rows=rows,
            labels_equal=True,
            max_probability_difference=None,
            max_relative_difference=relative,
            target=scale,
        )
    different = int((fitted.values != exported.values).sum())
    if different:
        raise ExportError(f"its ONNX model predicts another class on {different} of {rows} rows")
    largest = _largest_difference(fitted, exported)
    if largest is not None:
        _require(f"probabilities differ by up to {largest:.2g}", largest, rows)
    return Parity(rows=rows, labels_equal=True, max_probability_difference=largest)


def _require(difference: str, largest: float, rows: int) -> None:
    if not largest <= TOLERANCE:  # also when it is NaN
        raise ExportError(
            f"its ONNX model's {difference} on {rows} rows; at most {TOLERANCE:g} is allowed"
        )


def _largest_difference(fitted: Predictions, exported: Predictions) -> float | None:
    if fitted.probabilities is None:
        return None
    expected, actual = fitted.probabilities, exported.probabilities
    if actual is None or actual.shape != expected.shape:
        raise ExportError(f"its ONNX model returns no probabilities of the shape {expected.shape}")
    return float(np.max(np.abs(expected - actual)))
