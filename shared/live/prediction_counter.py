"""Counting of predictions and of their probabilities in bins."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shared.live.reference import PROBABILITY_BINS, Bins

Counted = npt.NDArray[np.int64]
"""Shape [bins]: predictions in each bin."""


class PredictionCounter:
    """A counter of predictions in *bins*; it keeps no state, for any thread."""

    def __init__(self, classes: Sequence[str], bins: Bins) -> None:
        """Prepare to count predictions of *classes*, which is empty for a regression.

        Raises KeyError if a name of *bins* is not one of the classes.
        """
        self._size = bins.size
        self._edges = np.array(bins.edges or ())
        codes = {name: code for code, name in enumerate(classes)}
        self._bins = np.full(len(classes), bins.size - 1, np.intp) if classes else None
        if self._bins is not None:
            self._bins[[codes[name] for name in bins.names or ()]] = np.arange(bins.size - 1)

    def count(self, values: npt.NDArray[np.generic]) -> Counted:
        """Return the counts of *values*, shape [n]: class indices, or numbers of a regression."""
        found = np.searchsorted(self._edges, values) if self._bins is None else self._bins[values]
        return np.bincount(found, minlength=self._size).astype(np.int64)


def count_probabilities(probabilities: npt.NDArray[np.floating]) -> Counted:
    """Return the counts of the largest probability of each row in 20 equal bins from 0 to 1.

    *probabilities* has the shape [n, classes]. A bin includes its lower end; the last includes 1.
    """
    largest = probabilities.max(axis=1)
    found = np.clip(largest * PROBABILITY_BINS, 0, PROBABILITY_BINS - 1).astype(np.intp)
    return np.bincount(found, minlength=PROBABILITY_BINS).astype(np.int64)
