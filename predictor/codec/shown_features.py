"""Hide the categories of features, which are values of the training data, from clients."""

from collections.abc import Sequence

from shared.contract.documents import Feature
from shared.inference.feature_encoding import Value

ANY_STRING = "any string"
"""The value of each category in an example row whose categories are hidden."""


def hide_categories(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Return the features without their categories, as clients see them."""
    return tuple(feature.model_copy(update={"categories": None}) for feature in features)


def hide_strings(row: Sequence[Value]) -> tuple[Value, ...]:
    """Return a row without its categories, which the model still accepts."""
    return tuple(ANY_STRING if isinstance(value, str) else value for value in row)
