"""Score models on slices of the holdout: the rows that share a value.

A model can be better on all rows and worse on a slice; see docs/gate.md.
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
from shared.inference.text_index import TextIndex
from shared.scoring.holdout_file import Holdout
from shared.scoring.scorers import Truth, score

Mask: TypeAlias = npt.NDArray[np.bool_]

MAX_DISTINCT_VALUES = 10
"""Number of distinct values up to which a numeric column has a slice for each value.

A column with more values is split into quarters.
"""
MAX_SLICES = 50
"""Number of slices that are kept: those where the challenger loses most to the champion."""


def score_slices(
    slicing: Slicing,
    holdout: Holdout,
    reference: Artefact,
    metric: str,
    predictions: Sequence[Predictions],
) -> tuple[SliceScore, ...]:
    """Score the challenger, and the champion if there is one, on each slice, worst first.

    *reference* is the challenger's artefact: *holdout* has its features and *predictions* have
    its classes. A column that is not a feature has no slices.
    """
    names = TextIndex(feature.name for feature in reference.features)
    found = []
    for column in slicing.columns:
        if (index := names.find(column)) is None:
            continue
        for value, mask in split_column(holdout.rows[:, index], reference.features[index]):
            if mask.sum() < slicing.least_rows:
                continue
            truth, classes = holdout.target[mask], len(reference.classes)
            scores = [
                score_or_none(metric, truth, select_rows(mask, each), classes)
                for each in predictions
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
    """Split the rows of one column, shape [n], into slices. Each row is in one slice."""
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
    quarters = np.searchsorted(edges, column)  # NaN is after all edges
    for quarter in range(len(edges) + 1):
        low = f"above {edges[quarter - 1]:.6g}" if quarter else ""
        high = f"up to {edges[quarter]:.6g}" if quarter < len(edges) else ""
        mask = (quarters == quarter) & ~is_missing
        if mask.any():
            yield " and ".join(filter(None, (low, high))), mask


def select_rows(mask: Mask, predictions: Predictions) -> Predictions:
    """Select the predictions for the rows where *mask*, shape [n], is True."""
    probabilities = predictions.probabilities
    return Predictions(
        predictions.values[mask], None if probabilities is None else probabilities[mask]
    )


def score_or_none(
    metric: str, truth: Truth, predictions: Predictions, classes: int
) -> float | None:
    """Compute a score; None if the metric is not defined on these rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # None reports an undefined metric
        try:
            return score(metric, truth, predictions, classes)
        except SettingsError:  # such as AUC of one class, or r2 of a constant target
            return None
