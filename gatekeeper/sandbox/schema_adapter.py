"""Score a model on the holdout of a model with other features or classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.contract.documents import Feature
from shared.errors import ServableError
from shared.inference.feature_encoding import convert_codes
from shared.inference.servable import AnyRows, Predictions, Servable


@dataclass(frozen=True)
class SchemaAdapter:
    """A servable that takes rows with other features and converts them."""

    servable: Servable
    given: Sequence[Feature]
    """The features of the rows."""
    expected: Sequence[Feature]
    """The features that *servable* expects."""

    def predict(self, rows: AnyRows) -> Predictions:
        """Convert *rows* and predict.

        Raises:
            SchemaError: The rows lack an expected feature.
            ServableError: A value is missing that the model needs, or the model fails.
        """
        converted = convert_codes(rows.astype(np.float64, copy=False), self.given, self.expected)
        for column, feature in zip(converted.T, self.expected, strict=True):
            if not feature.nullable and np.isnan(column).any():
                raise ServableError(
                    f"The model needs a value for {feature.name!r:.40}, which some rows lack."
                )
        return self.servable.predict(converted)


def align_classes(
    predictions: Predictions, given: Sequence[str], expected: Sequence[str]
) -> Predictions:
    """Convert predictions from the class indices of *given* to those of *expected*.

    *expected* contains every class of *given*. A class that *given* lacks is never predicted and
    has probability 0.
    """
    if tuple(given) == tuple(expected):
        return predictions
    indices = np.array([expected.index(name) for name in given])
    probabilities = predictions.probabilities
    if probabilities is not None:
        widened = np.zeros((len(probabilities), len(expected)), dtype=probabilities.dtype)
        widened[:, indices] = probabilities
        probabilities = widened
    return Predictions(indices[predictions.values], probabilities)
