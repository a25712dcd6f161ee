"""The interval of a score on the holdout, from the counts of its true and predicted classes."""

from collections.abc import Sequence

import numpy as np

from gatekeeper.statistics.count_metrics import COUNT_METRICS, CellCounts, block_sizes

_RESAMPLES = 2000
_CONFIDENCE = 0.95
_TOLERANCE = 1e-6
_MOST_ROWS = 10**12
"""Reports with more rows are not true."""
_BLOCK = 2_000_000
"""Largest number of drawn cells in memory at the same time."""


def find_interval(
    metric: str, confusion_matrix: Sequence[Sequence[int]] | None, score: float | None
) -> tuple[float, float] | None:
    """Return the 95 % interval of *score*, a bootstrap over the rows of the holdout.

    Returns None if the metric does not follow from counts, if the counts are not known, or if
    they give another score.
    """
    if metric not in COUNT_METRICS or not confusion_matrix or score is None:
        return None
    rows = sum(map(sum, confusion_matrix))
    if not 0 < rows <= _MOST_ROWS:
        return None
    counts = np.array(confusion_matrix, np.int64)
    truth, predicted = np.nonzero(counts)
    drawn = counts[truth, predicted]
    # One row for each cell: the draws have the numbers of rows.
    cells = CellCounts(truth, predicted, predicted, len(counts))
    (exact,), _ = cells.score_draws(metric, drawn[np.newaxis, :])
    if abs(float(exact) - score) > _TOLERANCE:
        return None
    random = np.random.default_rng(0)
    draws = np.concatenate(
        [
            cells.score_draws(metric, random.multinomial(rows, drawn / rows, size))[0]
            for size in block_sizes(_RESAMPLES, max(1, _BLOCK // len(cells)))
        ]
    )
    rest = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(draws, [rest, 1 - rest])
    return float(low), float(high)
