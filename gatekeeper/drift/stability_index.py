"""The population stability index: how large the difference of two distributions is."""

import math
from collections.abc import Sequence

_PRIOR = 0.5
"""Rows that are added to each bin, so that an empty bin has a finite logarithm."""


def compute_stability_index(reference: Sequence[int], live: Sequence[int]) -> float:
    """Return the index of two samples in the same bins, without the part that chance adds.

    Two samples of one distribution differ by chance. For k bins with rows, and samples of m and
    n rows, their index is on average (k - 1) (1/m + 1/n). This is subtracted; the result is never
    negative. It is 0 if a sample is empty.
    """
    bins = [pair for pair in zip(reference, live, strict=True) if any(pair)]
    expected, found = sum(reference), sum(live)
    if len(bins) < 2 or not expected or not found:  # noqa: PLR2004 - one bin has no distribution
        return 0.0
    added = _PRIOR * len(bins)
    index = 0.0
    for before, now in bins:
        share_before = (before + _PRIOR) / (expected + added)
        share_now = (now + _PRIOR) / (found + added)
        index += (share_now - share_before) * math.log(share_now / share_before)
    return max(0.0, index - (len(bins) - 1) * (1 / expected + 1 / found))
