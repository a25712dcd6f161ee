"""Golden rows: real rows with the predictions that the model had when it was exported.

A model that loads may still predict something different. Reproducing its golden rows proves that
these bytes, in this runtime, compute the evaluated predictions.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contract.documents import ONNX_MEDIA_TYPE, Artefact
from shared.contract.golden_rows import GoldenRows
from shared.contract.parity import TargetScale
from shared.errors import GoldenRowsError
from shared.inference.servable import Predictions, Rows, Servable
from shared.inference.target_scale import relative_differences

TOLERANCE = 1e-5
"""The largest accepted difference: absolute for probabilities, relative for numbers.

`shared.inference.target_scale` says what numbers are relative to.
"""


def record_golden_rows(
    rows: Rows, predictions: Predictions, target: TargetScale | None = None
) -> GoldenRows:
    """Return *rows* with a model's *predictions* as golden rows, and the scale of a regression."""
    probabilities = predictions.probabilities
    return GoldenRows(
        rows=tuple(
            tuple(None if math.isnan(value) else value for value in row) for row in rows.tolist()
        ),
        predictions=tuple(float(value) for value in predictions.values.tolist()),
        probabilities=None
        if probabilities is None
        else tuple(tuple(row) for row in probabilities.tolist()),
        target=target,
    )


def decode_golden_rows(golden: GoldenRows) -> Rows:
    """Return the rows for a servable, shape [n, features], float64."""
    return np.array(golden.rows, dtype=np.float64)  # None becomes NaN


def verify_golden_rows(servable: Servable, golden: GoldenRows, artefact: Artefact) -> None:
    """Run the golden rows and compare the predictions; this also warms the model up.

    Raises GoldenRowsError if a prediction differs, ServableError if the model fails.
    """
    predictions = servable.predict(decode_golden_rows(golden))
    values = np.asarray(golden.predictions)
    if not _are_same(predictions.values, values, golden, artefact):
        raise GoldenRowsError(
            f"The model does not reproduce its {len(values)} golden rows: "
            f"expected {values[:4].tolist()} …, found {predictions.values[:4].tolist()} …."
        )
    if golden.probabilities is None:
        return
    expected = np.asarray(golden.probabilities)
    found = predictions.probabilities
    if found is None or found.shape != expected.shape:
        raise GoldenRowsError(f"The model does not give probabilities of shape {expected.shape}.")
    difference = float(np.max(np.abs(found - expected)))
    if not difference <= TOLERANCE:  # this form also refuses NaN
        raise GoldenRowsError(
            f"The probabilities of the golden rows differ by {difference:.2g}; "
            f"at most {TOLERANCE:g} is allowed."
        )


def require_repeatable(servable: Servable, golden: GoldenRows, artefact: Artefact) -> None:
    """Predict the golden rows twice more; raise GoldenRowsError if the predictions differ.

    ONNX must give equal bits. Threads of a pickle may add numbers in another order.
    """
    rows = decode_golden_rows(golden)
    first, second = servable.predict(rows), servable.predict(rows)
    is_onnx = artefact.model.media_type == ONNX_MEDIA_TYPE
    for one, other in (
        (first.values, second.values),
        (first.probabilities, second.probabilities),
    ):
        if one is None or other is None:
            continue
        same = (
            one.tobytes() == other.tobytes()
            if is_onnx
            else np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
        )
        if not same:
            raise GoldenRowsError(
                "The model does not repeat its predictions: two calls with the same golden rows "
                f"gave {one.ravel()[:4].tolist()} … and {other.ravel()[:4].tolist()} …. "
                "Remove what is random from the model."
            )


def _are_same(
    found: npt.NDArray[Any], expected: npt.NDArray[Any], golden: GoldenRows, artefact: Artefact
) -> bool:
    if artefact.task == "classification":
        return np.array_equal(found, expected)
    if golden.target is None:
        return np.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)
    differences = relative_differences(golden.target, expected, found)
    return bool((differences <= TOLERANCE).all())  # this form also refuses NaN
