"""The interface of a loaded model: rows in, predictions out."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float64]
"""Feature rows, shape [n, features], in the order of the artefact's features;
`shared.inference.feature_encoding` encodes values that are not numbers."""

AnyRows = npt.NDArray[np.floating[Any]]
"""Rows in float32 or float64. A servable converts them once to the `number_type` of its artefact.
So large float32 requests to a float32 model are not copied."""

BATCH_ROWS = 4096
"""The number of rows in one call when many rows are scored."""


@dataclass(frozen=True)
class Predictions:
    """The predictions of a model for n rows."""

    values: npt.NDArray[Any]
    """Shape [n]: class indices (int64) of a classifier, numbers (float64) of a regressor."""
    probabilities: npt.NDArray[Any] | None
    """Shape [n, classes], float32 or float64; None if the model has no probabilities."""


class Servable(Protocol):
    """A loaded model; it keeps no state, and any thread may call it."""

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*; raise ServableError if the model fails."""


def predict_in_batches(servable: Servable, rows: AnyRows, size: int = BATCH_ROWS) -> Predictions:
    """Predict for any number of rows in bounded memory.

    In one call, a kernel or neighbour model needs memory for rows times training rows. Batches do
    not change predictions.
    """
    if len(rows) <= size:
        return servable.predict(rows)
    batches = [servable.predict(rows[start : start + size]) for start in range(0, len(rows), size)]
    probabilities = [batch.probabilities for batch in batches if batch.probabilities is not None]
    return Predictions(
        np.concatenate([batch.values for batch in batches]),
        np.concatenate(probabilities) if probabilities else None,
    )
