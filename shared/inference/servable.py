"""The interface of a loaded model: rows in, predictions out."""

from collections.abc import Callable, Sequence
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

    def choose(self, is_chosen: Sequence[bool]) -> "Predictions":
        """Return those of some rows; *is_chosen* has an item for each row."""
        probabilities = self.probabilities
        return Predictions(
            self.values[is_chosen], None if probabilities is None else probabilities[is_chosen]
        )


class Servable(Protocol):
    """A loaded model; it keeps no state, and any thread may call it."""

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*; raise ServableError if the model fails."""


def predict_in_batches(
    servable: Servable,
    rows: AnyRows,
    size: int = BATCH_ROWS,
    observe: Callable[[int], object] | None = None,
) -> Predictions:
    """Predict for any number of rows in bounded memory.

    In one call, a kernel or neighbour model needs memory for rows times training rows. Batches do
    not change predictions. Before each further batch, *observe* gets the number of predicted rows.
    """
    if len(rows) <= size:
        return servable.predict(rows)
    first = servable.predict(rows[:size])
    values = np.empty(len(rows), first.values.dtype)
    probabilities = first.probabilities
    if probabilities is not None:
        probabilities = np.empty((len(rows), probabilities.shape[1]), probabilities.dtype)
    for start in range(0, len(rows), size):
        if start and observe is not None:
            observe(start)
        batch = servable.predict(rows[start : start + size]) if start else first
        values[start : start + size] = batch.values
        if probabilities is not None:
            probabilities[start : start + size] = batch.probabilities
    return Predictions(values, probabilities)
