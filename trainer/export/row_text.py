"""Show a person a generated row, its two answers, and how to limit its numbers."""

import math
from collections.abc import Sequence

import numpy as np

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Rows

_MOST_SHOWN = 8
"""Number of features or probabilities that an error shows."""


def describe_row(row: Rows, features: Sequence[Feature]) -> str:
    """Return the values of a row by name, the first eight of them."""
    values = {
        feature.name: _value(feature, float(number))
        for feature, number in zip(features, row, strict=True)
    }
    shown = dict(list(values.items())[:_MOST_SHOWN])
    more = len(values) - len(shown)
    return f"{shown}" + (f" and {more} more" if more else "")


def describe_answers(fitted: Rows, exported: Rows) -> str:
    """Return the answers of both models to one row."""
    return (
        f"the fitted pipeline answers {_numbers(fitted)}, the ONNX model {_numbers(exported)} there"
    )


def suggest_limits(row: Rows, data: Rows, features: Sequence[Feature]) -> str:
    """Return the remedy for a function of the user that is asked for a number beyond the data.

    It limits the first number of the row that is beyond the *data*, if there is one.
    """
    for number, column, feature in zip(row, data.T, features, strict=True):
        known = column[np.isfinite(column)]
        if feature.type != "number" or not len(known):
            continue
        least, most = float(known.min()), float(known.max())
        if number < least or number > most:
            limits = f"X[{feature.name!r}].clip({least:.7g}, {most:.7g})"
            return f"numbers far from the data can be limited in your function: {limits}"
    return "numbers far from the data can be limited in your function with X[...].clip(...)"


def _numbers(answer: Rows) -> str:
    values = np.atleast_1d(answer)
    listed = ", ".join(f"{value:.6g}" for value in values[:_MOST_SHOWN])
    more = f" and {len(values) - _MOST_SHOWN} more" if len(values) > _MOST_SHOWN else ""
    return listed if len(values) == 1 else f"[{listed}{more}]"


def _value(feature: Feature, number: float) -> object:
    if math.isnan(number):
        return None
    if feature.categories is None:
        return number if feature.type == "number" else bool(number)
    return "<unseen>" if number == UNSEEN else feature.categories[int(number)]
