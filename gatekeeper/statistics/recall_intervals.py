"""Exact intervals of recalls, also where several rows have the same key.

The interval is that of Clopper and Pearson (Biometrika 26, 1934). Rows of one key are alike, so
they show less than as many independent rows. Their effective number is that of Korn and Graubard
(Survey Methodology 24, 1998): as many independent rows would have the variance of these keys.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, stdtrit

from gatekeeper.statistics.row_groups import RowGroups

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.intp]


def exact_intervals(right: Numbers, rows: Numbers, confidence: float) -> tuple[Numbers, Numbers]:
    """Return the interval of each share right / rows, whose *rows* may be effective ones."""
    tail = (1 - confidence) / 2
    wrong = rows - right
    with np.errstate(invalid="ignore"):
        low = np.where(right > 0, betaincinv(right, wrong + 1, tail), 0.0)
        high = np.where(wrong > 0, betaincinv(right + 1, wrong, 1 - tail), 1.0)
    return low, high


def count_effective_rows(
    classes: Counts,
    is_right: npt.NDArray[np.bool_],
    groups: RowGroups,
    count: int,
    confidence: float,
) -> tuple[Numbers, Counts]:
    """Return the effective rows and the different keys of each of *count* classes.

    Args:
        classes: The true class of each row.
        is_right: Whether each row was predicted as its class.
        groups: The key of each row.
        count: The number of classes.
        confidence: The confidence of the interval: few keys estimate the variance badly.
    """
    pairs, index = np.unique(classes * groups.count + groups.index, return_inverse=True)
    of_class, sizes = pairs // groups.count, np.bincount(index).astype(np.float64)
    right = np.asarray(np.bincount(index, weights=is_right), np.float64)
    keys = np.bincount(of_class, minlength=count)

    def add(values: Numbers) -> Numbers:
        return np.asarray(np.bincount(of_class, weights=values, minlength=count), np.float64)

    rows = np.maximum(add(sizes), 1.0)
    share = add(right) / rows
    several = np.maximum(keys, 2)
    variance = add((right - share[of_class] * sizes) ** 2) / rows**2 * several / (several - 1)
    tail = (1 - confidence) / 2
    certainty = (stdtrit(np.maximum(rows - 1, 1), tail) / stdtrit(several - 1, tail)) ** 2
    # Without a right row, or without a wrong one, only the sizes of the keys are known.
    alike = rows**2 / np.maximum(add(sizes**2), 1.0)
    binomial = share * (1 - share)
    varies = binomial > 0
    spread = np.where(varies, np.maximum(variance, binomial / rows), 1.0)
    found = np.where(varies, binomial / spread * certainty, alike)
    return np.clip(found, 1.0, rows), keys
