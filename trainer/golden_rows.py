"""Which rows of the holdout become golden rows."""

import numpy as np
import numpy.typing as npt

from shared.servable import Predictions

GOLDEN_ROWS = 32
_TIE = 1e-3


def choose_golden_rows(answers: Predictions, classes: int) -> npt.NDArray[np.intp]:
    """Indices of at most 32 rows, the answers taking turns so that each class stands among them.

    Rows on the edge between two classes are left out: their label may change with the last bit
    of a probability, which differs between machines. Where all rows are, the firmest is taken.
    """
    margin = _margin(answers)
    firm = np.flatnonzero(margin > min(_TIE, np.nextafter(margin.max(), -np.inf)))
    values = answers.values[firm]
    turns = [
        (turn, index)
        for label in range(classes)
        for turn, index in enumerate(firm[values == label][:GOLDEN_ROWS].tolist())
    ]
    return np.array(sorted(index for _, index in sorted(turns)[:GOLDEN_ROWS]), dtype=np.intp)


def _margin(answers: Predictions) -> npt.NDArray[np.float64]:
    """How far the most probable class is ahead of the next, shape [n]."""
    if answers.probabilities is None:
        return np.ones(len(answers.values))
    in_order = np.sort(answers.probabilities.astype(np.float64), axis=1)
    return in_order[:, -1] - in_order[:, -2]
