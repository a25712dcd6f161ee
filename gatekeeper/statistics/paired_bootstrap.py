"""The paired bootstrap: the variation of the score difference of two models between samples.

Both models are scored on the same resampled rows, so the difficulty of a row for both cancels. If
sorting takes too long for all resamples, the influences of rows replace it.
"""

from collections.abc import Callable, Iterator

import numpy as np

from gatekeeper.statistics.count_metrics import CELL_WORK, COUNT_METRICS, CellCounts
from gatekeeper.statistics.influence import is_large_enough, mean_influence, row_influence
from gatekeeper.statistics.mean_metrics import (
    MEAN_ERROR_METRICS,
    Numbers,
    ResampledScore,
    error_scorer,
    max_error_scorer,
    median_distance_scorer,
    median_error_scorer,
    probability_scorer,
    top_two_scorer,
    variance_scorer,
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
    if _uses_influence(metric, truth, classes, seconds):
        whole = score(metric, truth, challenger, classes) - score(metric, truth, champion, classes)
        each = row_influence(metric, truth, challenger) - row_influence(metric, truth, champion)
        bits = np.random.SFC64(seed)
        return whole + mean_influence(each, _affordable_resamples(len(truth), seconds), bits)
    found = [
        ours - theirs
        for ours, theirs in _scores(metric, truth, challenger, champion, classes, seed, seconds)
    ]
    every = np.concatenate(found)
    return every[np.isfinite(every)]


def fraction_reaching(found: Numbers, required: float) -> float:
    """Return the share of differences above *required*; an equal difference counts half.

    Return 1 if all differences are equal to it: then no row distinguishes the models.
    """
    near = ROUNDING * max(1.0, abs(required))
    above, below = (found > required + near).mean(), (found < required - near).mean()
    return 1.0 if above == below == 0 else float(above + (1 - above - below) / 2)


def make_scorer(metric: str) -> Callable[[Truth, Predictions], ResampledScore]:
    """Return the function that scores resamples by a metric that does not follow from counts."""
    if metric == "top_k_accuracy":
        return top_two_scorer
    if metric in RANKING_METRICS:
        return lambda truth, predictions: ranking_scorer(metric, truth, predictions)
    if metric in MEAN_ERROR_METRICS:
        return lambda truth, predictions: error_scorer(metric, truth, predictions)
    if metric in {"r2", "explained_variance"}:
        return lambda truth, predictions: variance_scorer(metric, truth, predictions)
    if metric in _OTHERS:
        return _OTHERS[metric]
    return lambda truth, predictions: probability_scorer(metric, truth, predictions)


def _scores(  # noqa: PLR0917 - the arguments of `score_differences`
    metric: str,
    truth: Truth,
    challenger: Predictions,
    champion: Predictions,
    classes: int,
    seed: int,
    seconds: float,
) -> Iterator[tuple[Numbers, Numbers]]:
    bits = np.random.SFC64(seed)
    if metric in COUNT_METRICS:
        cells = CellCounts(truth, challenger.values, champion.values, classes)
        count = count_resamples(metric, len(truth), classes, len(cells), seconds)
        yield from cells.scores(metric, count, np.random.Generator(bits))
        return
    ours, theirs = (
        make_scorer(metric)(truth, predictions) for predictions in (challenger, champion)
    )
    count = count_resamples(metric, len(truth), classes, 0, seconds)
    for weights in draw_blocks(len(truth), count, bits):
        with np.errstate(divide="ignore", invalid="ignore"):
            yield ours(weights), theirs(weights)


def _uses_influence(metric: str, truth: Truth, classes: int, seconds: float) -> bool:
    return (
        metric in RANKING_METRICS
        and count_resamples(metric, len(truth), classes, 0, seconds) < MAX_RESAMPLES
        and is_large_enough(truth, classes)
    )


def _are_equal(first: Predictions, second: Predictions) -> bool:
    if first.probabilities is None or second.probabilities is None:
        same = first.probabilities is second.probabilities
    else:
        same = np.array_equal(first.probabilities, second.probabilities)
    return same and np.array_equal(first.values, second.values)


_OTHERS: dict[str, Callable[[Truth, Predictions], ResampledScore]] = {
    "d2_absolute_error_score": median_distance_scorer,
    "neg_median_absolute_error": median_error_scorer,
    "neg_max_error": max_error_scorer,
}
