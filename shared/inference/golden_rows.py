"""Golden rows: real rows with the answers they had where the model was made.

That a model loads proves nothing; that it reproduces its golden rows proves that these bytes,
in this runtime, compute what was evaluated.
"""

import math

import numpy as np

from shared.contract.documents import Artefact, GoldenRows
from shared.errors import GoldenRowsError
from shared.inference.servable import Predictions, Rows, Servable

TOLERANCE = 1e-5
"""Largest accepted difference of a probability; relative for a regressor's numbers."""


def record_golden_rows(rows: Rows, predictions: Predictions) -> GoldenRows:
    """Record what a model answers for *rows*."""
    probabilities = predictions.probabilities
    return GoldenRows(
        rows=tuple(
            tuple(None if math.isnan(value) else value for value in row) for row in rows.tolist()
        ),
        predictions=tuple(float(value) for value in predictions.values.tolist()),
        probabilities=None
        if probabilities is None
        else tuple(tuple(row) for row in probabilities.tolist()),
    )


def decode_golden_rows(golden: GoldenRows) -> Rows:
    """The rows as a servable takes them, shape [n, features]."""
    return np.array(golden.rows, dtype=np.float64)  # None becomes NaN


def verify_golden_rows(servable: Servable, golden: GoldenRows, artefact: Artefact) -> None:
    """Run the golden rows; this also warms the model up.

    Raises GoldenRowsError when an answer differs, ServableError when the model fails.
    """
    got = servable.predict(decode_golden_rows(golden))
    wanted = np.asarray(golden.predictions)
    if artefact.task == "classification":
        same = np.array_equal(got.values, wanted)
    else:
        same = np.allclose(got.values, wanted, rtol=TOLERANCE, atol=TOLERANCE)
    if not same:
        raise GoldenRowsError(
            f"The model does not reproduce its {len(wanted)} golden rows: "
            f"expected {wanted[:4].tolist()} …, found {got.values[:4].tolist()} …."
        )
    if golden.probabilities is None:
        return
    expected = np.asarray(golden.probabilities)
    found = got.probabilities
    if found is None or found.shape != expected.shape:
        raise GoldenRowsError(f"The model gives no probabilities of shape {expected.shape}.")
    difference = float(np.max(np.abs(found - expected)))
    if not difference <= TOLERANCE:  # also when it is NaN
        raise GoldenRowsError(
            f"The probabilities of the golden rows are off by {difference:.2g}; "
            f"at most {TOLERANCE:g} is allowed."
        )
