"""A loaded model behind one interface: rows in, predictions out."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float64]
"""Feature rows, shape [n, features], in the order of the artefact's features;
`shared.inference.feature_encoding` says how values that are no numbers are held."""

AnyRows = npt.NDArray[np.floating[Any]]
"""The same, in float32 or float64: models in ONNX compute in float32, and a large request that
comes in it is not copied."""

BATCH_ROWS = 4096
"""Rows in one call where many are scored."""


@dataclass(frozen=True)
class Predictions:
    """What a model answers for n rows."""

    values: npt.NDArray[Any]
    """Shape [n]: the class index (int64) of a classifier, the number (float64) of a regressor."""
    probabilities: npt.NDArray[Any] | None
    """Shape [n, classes], float32 or float64, or None where the model gives none."""


class Servable(Protocol):
    """Something that predicts; it is called from any thread and keeps no state."""

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*; ServableError when the model fails on them."""


def predict_in_batches(servable: Servable, rows: AnyRows, size: int = BATCH_ROWS) -> Predictions:
    """Predict for any number of rows in bounded memory.

    A kernel or neighbour model needs memory for rows times training rows in one call. No answer
    depends on the batch it is in.
    """
    if len(rows) <= size:
        return servable.predict(rows)
    parts = [servable.predict(rows[start : start + size]) for start in range(0, len(rows), size)]
    probabilities = [part.probabilities for part in parts if part.probabilities is not None]
    return Predictions(
        np.concatenate([part.values for part in parts]),
        np.concatenate(probabilities) if probabilities else None,
    )
