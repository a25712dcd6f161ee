"""The 95 % intervals of scores on few rows, such as those of a slice.

A share of right rows has an interval also if all rows are right or wrong. The percentiles of
resamples, which other metrics use, would then be one number that looks certain.
"""

from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

from gatekeeper.statistics.count_metrics import COUNTED, CellCounts
from gatekeeper.statistics.mean_metrics import Numbers
from gatekeeper.statistics.paired_bootstrap import make_scorer
from gatekeeper.statistics.poisson_weights import draw_blocks
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.truth import Truth

MAX_ROWS = 1000
"""The most rows for which an interval is computed."""
RESAMPLES = 1000
_LEAST_RESAMPLES = 100
"""With fewer resamples that have a score, the interval is unknown."""
_Z = 1.959964
"""The quantile of the normal distribution for 95 %."""
_LEVELS = (0.025, 0.975)

Interval = tuple[float, float]
Right = npt.NDArray[np.bool_]


def find_intervals(
    metric: str,
    truth: Truth,
    predictions: Sequence[Predictions],
    classes: int,
    costs: CostTable | None = None,
) -> tuple[Interval | None, Interval | None]:
    """Return the interval of the first model's score, and of its difference to the second model.

    Return None for an interval of more than MAX_ROWS rows, and for one that the rows do not show.
    The second interval needs a second model.
    """
    if not 0 < len(truth) <= MAX_ROWS:
        return None, None
    if metric == "accuracy":
        right = [each.values == truth for each in predictions]
        return share_interval(right[0]), difference_interval(*right) if right[1:] else None
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.hstack([*_score_resamples(metric, truth, predictions, classes, costs)])
        differences = drawn[0] - drawn[-1]
    return spread(drawn[0]), spread(differences) if len(predictions) > 1 else None


def share_interval(right: Right) -> Interval:
    """Return Wilson's score interval of the share of *right* rows."""
    rows, share = len(right), float(right.mean())
    scale = 1 + _Z**2 / rows
    middle = (share + _Z**2 / (2 * rows)) / scale
    half = _Z * sqrt(share * (1 - share) / rows + (_Z / (2 * rows)) ** 2) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_interval(ours: Right, theirs: Right) -> Interval:
    """Return the interval of the difference of two shares on the same rows.

    It is that of Agresti and Min (2005), which adds half a row to each of the four cells.
    """
    rows = len(ours) + 2
    won, lost = np.count_nonzero(ours & ~theirs) + 0.5, np.count_nonzero(theirs & ~ours) + 0.5
    middle = (won - lost) / rows
    half = _Z * sqrt(won + lost - (won - lost) ** 2 / rows) / rows
    return max(-1.0, middle - half), min(1.0, middle + half)


def _score_resamples(
    metric: str,
    truth: Truth,
    predictions: Sequence[Predictions],
    classes: int,
    costs: CostTable | None,
) -> Iterator[Numbers]:
    """Yield the scores of the models in resamples of the rows, shape [models, resamples]."""
    bits = np.random.SFC64(0)
    if metric in COUNTED:
        cells = CellCounts(truth, predictions[0].values, predictions[-1].values, classes, costs)
        for pair in cells.scores(metric, RESAMPLES, np.random.Generator(bits)):
            yield np.vstack(pair)
        return
    scorers = [make_scorer(metric, truth, each) for each in predictions]
    for weights in draw_blocks(len(truth), RESAMPLES, bits):
        yield np.vstack([scorer(weights) for scorer in scorers])


def spread(drawn: Numbers) -> Interval | None:
    """Return the interval of resampled scores; None if too few have one, or if all are equal."""
    found = drawn[np.isfinite(drawn)]
    if len(found) < _LEAST_RESAMPLES or found.min() == found.max():
        return None
    low, high = np.quantile(found, _LEVELS)
    return float(low), float(high)
