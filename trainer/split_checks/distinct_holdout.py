"""Compare the sizes of the splits with their shares, and count the different holdout rows."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from shared.scoring.row_hash_file import Hashes
from trainer.dataset.split import SHARES

FEW_ROWS = 20
"""The score of fewer different rows is mostly chance."""
_DEVIATION = 0.1
_STANDARD_ERRORS = 4.0


def are_uneven(sizes: Sequence[int]) -> bool:
    """Decide whether the splits differ from their shares by more than chance explains."""
    rows = sum(sizes)
    limit = max(_DEVIATION, _STANDARD_ERRORS * sqrt(SHARES[0] * (1 - SHARES[0]) / rows))
    return any(abs(n / rows - share) > limit for n, share in zip(sizes, SHARES, strict=True))


def count_effective(hashes: Hashes) -> tuple[int, float]:
    """Return the number of different hashes, and how many equally frequent ones they are worth.

    The second number is Kish's effective sample size of the groups of equal rows.
    """
    counts = np.unique(hashes, return_counts=True)[1].astype(np.float64)
    return len(counts), float(counts.sum() ** 2 / (counts**2).sum())


def are_few(rows: int, effective: float) -> bool:
    """Decide whether equal rows make the holdout much smaller than it looks."""
    return effective < FEW_ROWS and 2 * effective <= rows
