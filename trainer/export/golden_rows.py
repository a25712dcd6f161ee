"""Which rows of the holdout become golden rows."""

import numpy as np
import numpy.typing as npt

from shared.inference.servable import Predictions

GOLDEN_ROWS = 32
_TIE = 1e-3
_SMALL = 0.1


def choose_golden_rows(answers: Predictions, classes: int) -> npt.NDArray[np.intp]:
    """Indices of at most 32 rows, in order; *classes* is 0 for a regression.

    Of a classifier the answers take turns, so that each class stands among them. Rows on the edge
    between two classes are left out: their label may change with the last bit of a probability,
    which differs between machines. Where all rows are, the firmest is taken.
    Of a regressor they are spread over the range of its answers.
    """
    if not classes:
        return _spread(answers.values)
    margin = _margin(answers)
    firm = np.flatnonzero(margin > min(_TIE, np.nextafter(margin.max(), -np.inf)))
    values = answers.values[firm]
    turns = [
        (turn, index)
        for label in range(classes)
        for turn, index in enumerate(firm[values == label][:GOLDEN_ROWS].tolist())
    ]
    return np.array(sorted(index for _, index in sorted(turns)[:GOLDEN_ROWS]), dtype=np.intp)


def _spread(values: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Rows from the least answer to the most, but none near zero.

    Such a number may be what float32 leaves of two large ones, which differs between machines.
    """
    sizes = np.abs(values)
    firm = np.flatnonzero(sizes >= _SMALL * sizes.mean())
    in_order = firm[np.argsort(values[firm], kind="stable")]
    places = np.linspace(0, len(in_order) - 1, min(GOLDEN_ROWS, len(in_order))).astype(np.intp)
    return np.sort(in_order[places])


def _margin(answers: Predictions) -> npt.NDArray[np.float64]:
    """How far the most probable class is ahead of the next, shape [n]."""
    if answers.probabilities is None:
        return np.ones(len(answers.values))
    in_order = np.sort(answers.probabilities.astype(np.float64), axis=1)
    return in_order[:, -1] - in_order[:, -2]
