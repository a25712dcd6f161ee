"""Building a reference from training rows and predictions."""

from collections.abc import Sequence

import numpy as np

from shared.contract.documents import Artefact, Feature, NumberType
from shared.inference.servable import Predictions, Rows
from shared.live.bin_counter import BinCounter
from shared.live.bin_edges import choose_feature_bins, choose_prediction_bins
from shared.live.prediction_counter import PredictionCounter, count_probabilities
from shared.live.reference import FeatureBins, Reference

EDGE_ROWS = 200_000
"""The most rows that choose edges. They are drawn at random, and all rows are counted."""
_BATCH_ROWS = 4096


def build_reference(artefact: Artefact, train: Rows, predictions: Predictions) -> Reference:
    """Return the reference of a model.

    Args:
        artefact: The artefact of the model.
        train: Shape [n, features], encoded training rows.
        predictions: Predictions of the model on the validation rows.
    """
    values, probabilities = predictions.values, predictions.probabilities
    bins = choose_prediction_bins(values, artefact.classes)
    counts = PredictionCounter(artefact.classes, bins).count(values).tolist()
    return Reference(
        rows=len(train),
        features=build_feature_bins(train, artefact.features, artefact.number_type),
        predictions=bins.model_copy(update={"counts": tuple(counts)}),
        probabilities=(
            () if probabilities is None else tuple(count_probabilities(probabilities).tolist())
        ),
    )


def build_feature_bins(
    rows: Rows, features: Sequence[Feature], number_type: NumberType
) -> tuple[FeatureBins, ...]:
    """Return the bins of *features* with the counts of encoded *rows*, shape [n, features]."""
    drawn = _draw(len(rows))
    bins = [
        choose_feature_bins(
            column[drawn].astype(number_type).astype(np.float64, copy=False), feature
        )
        for column, feature in zip(rows.T, features, strict=True)
    ]
    counter = BinCounter(features, bins, number_type)
    totals = counter.new_totals()
    for start in range(0, len(rows), _BATCH_ROWS):
        totals += counter.count(rows[start : start + _BATCH_ROWS])
    return tuple(
        each.model_copy(update={"counts": found.counts, "missing": found.missing})
        for each, found in zip(bins, counter.describe(totals), strict=True)
    )


def _draw(rows: int) -> "slice | np.typing.NDArray[np.intp]":
    if rows <= EDGE_ROWS:
        return slice(None)
    return np.random.default_rng(0).integers(rows, size=EDGE_ROWS)
