"""Scoring one model on the rows of another: rows carried there, answers carried back."""

from collections.abc import Sequence

import numpy as np

from shared.contract.documents import Feature
from shared.errors import ServableError
from shared.inference.feature_encoding import convert_codes
from shared.inference.servable import AnyRows, Predictions, Servable


class SchemaAdapter:
    """A model that is asked with another model's rows, a batch at a time."""

    def __init__(
        self, servable: Servable, had: Sequence[Feature], wanted: Sequence[Feature]
    ) -> None:
        """*servable* takes *wanted*; the rows will hold *had*."""
        self._servable = servable
        self._had = had
        self._wanted = wanted

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*.

        Raises SchemaError for a feature that the rows lack, ServableError for a value that the
        model need not take, and when it fails.
        """
        carried = convert_codes(rows.astype(np.float64, copy=False), self._had, self._wanted)
        for column, feature in zip(carried.T, self._wanted, strict=True):
            if not feature.nullable and np.isnan(column).any():
                raise ServableError(
                    f"It takes no row without {feature.name!r:.40}, which some rows lack."
                )
        return self._servable.predict(carried)


def align_classes(
    predictions: Predictions, had: Sequence[str], wanted: Sequence[str]
) -> Predictions:
    """The same answers by the places of *wanted*, which names each class of *had*.

    A class that *had* lacks is never answered and has the probability 0.
    """
    if tuple(had) == tuple(wanted):
        return predictions
    places = np.array([wanted.index(name) for name in had])
    probabilities = predictions.probabilities
    if probabilities is not None:
        widened = np.zeros((len(probabilities), len(wanted)), dtype=probabilities.dtype)
        widened[:, places] = probabilities
        probabilities = widened
    return Predictions(places[predictions.values], probabilities)
