"""The paired bootstrap: the variation of the score difference of two models between samples.

Both models are scored on the same resampled rows, so the difficulty of a row for both cancels. If
sorting takes too long for all resamples, the influences of rows replace it.
"""

from collections.abc import Iterable

import numpy as np

from gatekeeper.statistics.count_metrics import CELL_WORK, COUNT_METRICS, CellCounts
from gatekeeper.statistics.influence import is_large_enough, mean_influence, row_influence
from gatekeeper.statistics.mean_metrics import (
    SCORERS,
    Numbers,
    ResampledScore,
    probability_scorer,
)
from gatekeeper.statistics.poisson_weights import draw_blocks
from gatekeeper.statistics.ranking_metrics import RANKING_METRICS, count_sorts, ranking_scorer
from shared.inference.servable import Predictions
from shared.scoring.scorers import Truth, score

MAX_RESAMPLES = 10_000
MIN_RESAMPLES = 200
WORK_PER_SECOND = 33_333_334
"""Number of rows, in all resamples together, for each second of the evaluation's time limit.

Weighting this many rows takes at most a third of that second.
"""
SORTED_WORK = 2
"""Work of weighting a row along an order, relative to the work of weighting it in a sum."""
ROUNDING = 1e-12
"""Largest difference of two equal numbers; relative for scores above 1."""


def count_resamples(metric: str, rows: int, classes: int, cells: int, seconds: float) -> int:
    """Return the number of resamples: fewer if they would take long. It depends on no clock."""
    if metric in COUNT_METRICS:
        work = CELL_WORK * cells
    elif metric in RANKING_METRICS:
        work = SORTED_WORK * rows * count_sorts(metric, classes)
    else:
        work = rows * (1 + classes // 4 if metric.startswith("d2_") else 1)
    return _affordable_resamples(work, seconds)


def _affordable_resamples(work: int, seconds: float) -> int:
    return max(MIN_RESAMPLES, min(MAX_RESAMPLES, int(seconds * WORK_PER_SECOND) // work))


def score_differences(
    metric: str,
    truth: Truth,
    challenger: Predictions,
    champion: Predictions,
    *,
    classes: int,
    seed: int,
    seconds: float = 30.0,
) -> Numbers:
    """Return the score of *challenger* minus the score of *champion* in each resample.

    Resamples for which a score is not defined are left out. The same arguments give the same
    numbers. All numbers are 0 if the predictions are equal.

    Args:
        metric: A name of `shared.scoring.scorer_names`.
        truth: Class indices or numbers, shape [rows].
        challenger: Its predictions for these rows.
        champion: Its predictions for these rows.
        classes: The number of classes; 0 for a regression.
        seed: The seed of the resamples.
        seconds: The evaluation's time limit, which bounds the number of resamples.
    """
    if _are_equal(challenger, champion):
        return np.zeros(MAX_RESAMPLES)
    rows, bits = len(truth), np.random.SFC64(seed)
    if metric in COUNT_METRICS:
        cells = CellCounts(truth, challenger.values, champion.values, classes)
        count = count_resamples(metric, rows, classes, len(cells), seconds)
        pairs = cells.scores(metric, count, np.random.Generator(bits))
        return _finite(ours - theirs for ours, theirs in pairs)
    count = count_resamples(metric, rows, classes, 0, seconds)
    if metric in RANKING_METRICS and count < MAX_RESAMPLES and is_large_enough(truth, classes):
        whole = score(metric, truth, challenger, classes) - score(metric, truth, champion, classes)
        each = row_influence(metric, truth, challenger) - row_influence(metric, truth, champion)
        return whole + mean_influence(each, _affordable_resamples(rows, seconds), bits)
    ours, theirs = (make_scorer(metric, truth, each) for each in (challenger, champion))
    with np.errstate(divide="ignore", invalid="ignore"):
        return _finite(
            ours(weights) - theirs(weights) for weights in draw_blocks(rows, count, bits)
        )


def fraction_reaching(found: Numbers, required: float) -> float:
    """Return the share of differences above *required*; an equal difference counts half.

    Return 1 if all differences are equal to it: then no row distinguishes the models.
    """
    near = ROUNDING * max(1.0, abs(required))
    above, below = (found > required + near).mean(), (found < required - near).mean()
    return 1.0 if above == below == 0 else float(above + (1 - above - below) / 2)


def make_scorer(metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Return the function that scores resamples by a metric that does not follow from counts."""
    if metric in RANKING_METRICS:
        return ranking_scorer(metric, truth, predictions)
    return SCORERS.get(metric, probability_scorer)(metric, truth, predictions)


def _finite(blocks: Iterable[Numbers]) -> Numbers:
    """Join blocks of differences; leave out resamples without a score."""
    every: Numbers = np.concatenate(list(blocks))
    return every[np.isfinite(every)]


def _are_equal(first: Predictions, second: Predictions) -> bool:
    if first.probabilities is None or second.probabilities is None:
        same = first.probabilities is second.probabilities
    else:
        same = np.array_equal(first.probabilities, second.probabilities)
    return same and np.array_equal(first.values, second.values)
