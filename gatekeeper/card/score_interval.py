"""The interval of a score on the holdout, from the counts of its true and predicted classes."""

from collections.abc import Sequence

import numpy as np

from gatekeeper.statistics.count_metrics import COUNT_METRICS, CellCounts

_RESAMPLES = 2000
_CONFIDENCE = 0.95
_TOLERANCE = 1e-6


def find_interval(
    metric: str, confusion_matrix: Sequence[Sequence[int]] | None, score: float | None
) -> tuple[float, float] | None:
    """Return the 95 % interval of *score*, a bootstrap over the rows of the holdout.

    Returns None if the metric does not follow from counts, if the counts are not known, or if
    they give another score.
    """
    if metric not in COUNT_METRICS or not confusion_matrix or score is None:
        return None
    counts = np.array(confusion_matrix, np.int64)
    truth, predicted = (
        np.repeat(each, counts.ravel()) for each in map(np.ravel, np.indices(counts.shape))
    )
    if not len(truth):
        return None
    cells = CellCounts(truth, predicted, predicted, len(counts))
    drawn = counts.ravel()[counts.ravel() > 0]
    (exact,), _ = cells.score_draws(metric, drawn[np.newaxis, :])
    if abs(float(exact) - score) > _TOLERANCE:
        return None
    draws = np.concatenate(
        [first for first, _ in cells.scores(metric, _RESAMPLES, np.random.default_rng(0))]
    )
    rest = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(draws, [rest, 1 - rest])
    return float(low), float(high)
