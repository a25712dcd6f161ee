"""Choose the golden rows from the holdout."""

import numpy as np
import numpy.typing as npt

from shared.inference.servable import Predictions
from shared.scoring.scorer_names import BINARY

GOLDEN_ROWS = 32
_MIN_MARGIN = 1e-3
"""Smallest difference of the two best probabilities that no machine reverses."""
_MIN_FRACTION = 0.1
"""Smallest size of a regressor's number, as a fraction of the mean size."""


def choose_golden_rows(predictions: Predictions, classes: int) -> npt.NDArray[np.intp]:
    """Return the sorted indices of at most 32 rows.

    For a classifier, the predicted classes take turns, so that each class is included. Rows with
    nearly equal probabilities, or near a threshold, are excluded: the last bit of a probability
    differs between machines, and could change the label. If all rows are such, the clearest one is
    chosen.
    For a regressor (*classes* is 0), the rows are spread over the range of its predictions.
    """
    if not classes:
        return _choose_spread(predictions.values)
    margin = _margin(predictions)
    clear = np.flatnonzero(margin > min(_MIN_MARGIN, np.nextafter(margin.max(), -np.inf)))
    values = predictions.values[clear]
    turns = [
        (turn, index)
        for label in range(classes)
        for turn, index in enumerate(clear[values == label][:GOLDEN_ROWS].tolist())
    ]
    return np.array(sorted(index for _, index in sorted(turns)[:GOLDEN_ROWS]), dtype=np.intp)


def _choose_spread(values: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Choose rows from the smallest to the largest prediction, but none near zero.

    A number near zero may be the float32 difference of two large ones, which differs between
    machines.
    """
    sizes = np.abs(values)
    clear = np.flatnonzero(sizes >= _MIN_FRACTION * sizes.mean())
    in_order = clear[np.argsort(values[clear], kind="stable")]
    indices = np.linspace(0, len(in_order) - 1, min(GOLDEN_ROWS, len(in_order))).astype(np.intp)
    return np.sort(in_order[indices])


def _margin(predictions: Predictions) -> npt.NDArray[np.float64]:
    """Return how far the probabilities of each row are from another label, shape [n].

    That is the difference between the two largest ones, or the distance to a threshold.
    """
    if predictions.probabilities is None:
        return np.ones(len(predictions.values))
    shares = predictions.probabilities.astype(np.float64)
    if shares.shape[1] == BINARY and (shares.argmax(axis=1) != predictions.values).any():
        margin = _margin_to_threshold(predictions.values, shares[:, 1])
        if margin is not None:
            return margin
    in_order = np.sort(shares, axis=1)
    return in_order[:, -1] - in_order[:, -2]


def _margin_to_threshold(
    labels: npt.NDArray[np.int64], share: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64] | None:
    """Return the distance to the nearest row of the same label at the threshold between them.

    The threshold itself is not known here. If all rows of a label are at it, the distance is that
    to the other label. None if no threshold of the second class's *share* separates the labels.
    """
    is_second = labels == 1
    low = share[~is_second].max(initial=-np.inf)
    high = share[is_second].min(initial=np.inf)
    if low >= high:
        return None
    margin: npt.NDArray[np.float64] = np.where(is_second, share - high, low - share)
    for rows in (is_second, ~is_second):
        if margin[rows].max(initial=0.0) <= _MIN_MARGIN:
            margin[rows] = high - low
    return margin
