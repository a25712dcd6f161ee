"""Slices of the holdout: the rows that have a value in common, and how models do on them.

A model can be better on the whole and worse for some; see docs/gate.md.
"""

import warnings
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gatekeeper.evidence.comparison_messages import SliceScore, Slicing
from shared.contract.documents import Artefact, Feature
from shared.errors import SettingsError
from shared.inference.feature_encoding import decode_value
from shared.inference.servable import Predictions, Rows
from shared.scoring.holdout_file import Holdout
from shared.scoring.scorers import Truth, score

Mask: TypeAlias = npt.NDArray[np.bool_]

MAX_DISTINCT_VALUES = 10
"""A number with so few different values is cut by value; one with more, into quarters."""
MAX_SLICES = 50
"""So many are kept, those first on which the challenger does worst beside the champion."""


def score_slices(
    slicing: Slicing,
    holdout: Holdout,
    judged: Artefact,
    metric: str,
    answers: Sequence[Predictions],
) -> tuple[SliceScore, ...]:
    """Score the challenger, and the champion where there is one, on each slice, worst first.

    *holdout* was made for *judged*, and *answers* are by its classes. A column that is no feature
    has no slices.
    """
    places = {feature.name: place for place, feature in enumerate(judged.features)}
    found = []
    for column in slicing.columns:
        if (place := places.get(column)) is None:
            continue
        for value, mask in split_column(holdout.rows[:, place], judged.features[place]):
            if mask.sum() < slicing.least_rows:
                continue
            truth, classes = holdout.target[mask], len(judged.classes)
            scores = [
                score_or_none(metric, truth, select_rows(mask, given), classes) for given in answers
            ]
            found.append(
                SliceScore(
                    column=column,
                    value=value,
                    rows=int(mask.sum()),
                    challenger=scores[0],
                    champion=scores[1] if len(scores) > 1 else None,
                )
            )
    return tuple(
        sorted(found, key=lambda each: (not each.is_compared, each.difference))[:MAX_SLICES]
    )


def split_column(column: Rows, feature: Feature) -> Iterator[tuple[str, Mask]]:
    """Cut the rows of one column, shape [n], into slices that together hold each row once."""
    is_missing = np.isnan(column)
    if is_missing.any():
        yield "missing", is_missing
    values = np.unique(column[~is_missing])
    if feature.type != "number" or len(values) <= MAX_DISTINCT_VALUES:
        for value in values:
            shown = decode_value(feature, float(value))
            yield str(shown).lower() if isinstance(shown, bool) else f"{shown}", column == value
        return
    edges = np.unique(np.quantile(column[~is_missing], (0.25, 0.5, 0.75)))
    quarters = np.searchsorted(edges, column)  # NaN is beyond all edges
    for place in range(len(edges) + 1):
        low = f"above {edges[place - 1]:.6g}" if place else ""
        high = f"up to {edges[place]:.6g}" if place < len(edges) else ""
        mask = (quarters == place) & ~is_missing
        if mask.any():
            yield " and ".join(filter(None, (low, high))), mask


def select_rows(mask: Mask, predictions: Predictions) -> Predictions:
    """The answers to the rows of *mask*, shape [n]."""
    probabilities = predictions.probabilities
    return Predictions(
        predictions.values[mask], None if probabilities is None else probabilities[mask]
    )


def score_or_none(
    metric: str, truth: Truth, predictions: Predictions, classes: int
) -> float | None:
    """A score, or None where the metric has no value on so few rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what has no value is told by None
        try:
            return score(metric, truth, predictions, classes)
        except SettingsError:  # one class alone has no AUC, and a constant target no r2
            return None
