"""The paired bootstrap: how the difference of two models' scores varies with the rows.

Both models are scored on the same resampled rows, so what makes a row hard for both cancels.
Where sorting takes too long for all resamples, rows are weighed by their influence instead.
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
"""Rows that may be weighed, in all resamples together, for each second of the evaluation's limit.
It takes a third of that second at most."""
SORTED_WORK = 2
"""Where rows are sorted, weighing one takes as long as weighing so many."""
ROUNDING = 1e-12
"""Differences are equal when they differ by less; relative to scores above 1."""


def count_resamples(metric: str, rows: int, classes: int, cells: int, seconds: float) -> int:
    """How many resamples there are: fewer where they would take long. It asks no clock."""
    if metric in COUNT_METRICS:
        work = CELL_WORK * cells
    elif metric in RANKING_METRICS:
        work = SORTED_WORK * rows * count_sorts(metric, classes)
    else:
        work = rows * (1 + classes // 4 if metric.startswith("d2_") else 1)
    return _weighings(work, seconds)


def _weighings(work: int, seconds: float) -> int:
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
    """Score of *challenger* minus score of *champion* in each resample that has both.

    The same arguments give the same numbers. All are 0 where the two answer alike.
    """
    if _are_alike(challenger, champion):
        return np.zeros(MAX_RESAMPLES)
    if _is_weighed_by_influence(metric, truth, classes, seconds):
        whole = score(metric, truth, challenger, classes) - score(metric, truth, champion, classes)
        each = row_influence(metric, truth, challenger) - row_influence(metric, truth, champion)
        bits = np.random.SFC64(seed)
        return whole + mean_influence(each, _weighings(len(truth), seconds), bits)
    found = [
        ours - theirs
        for ours, theirs in _scores(metric, truth, challenger, champion, classes, seed, seconds)
    ]
    every = np.concatenate(found)
    return every[np.isfinite(every)]


def fraction_reaching(found: Numbers, required: float) -> float:
    """The share of differences above what is required; a tie counts half.

    1 when nothing was drawn but ties: then no row tells the two apart.
    """
    near = ROUNDING * max(1.0, abs(required))
    above, below = (found > required + near).mean(), (found < required - near).mean()
    return 1.0 if above == below == 0 else float(above + (1 - above - below) / 2)


def make_scorer(metric: str) -> Callable[[Truth, Predictions], ResampledScore]:
    """Weights to scores, for a metric that does not follow from counts."""
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


def _scores(  # noqa: PLR0917 - as above
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
    ours, theirs = (make_scorer(metric)(truth, answers) for answers in (challenger, champion))
    count = count_resamples(metric, len(truth), classes, 0, seconds)
    for weights in draw_blocks(len(truth), count, bits):
        with np.errstate(divide="ignore", invalid="ignore"):
            yield ours(weights), theirs(weights)


def _is_weighed_by_influence(metric: str, truth: Truth, classes: int, seconds: float) -> bool:
    return (
        metric in RANKING_METRICS
        and count_resamples(metric, len(truth), classes, 0, seconds) < MAX_RESAMPLES
        and is_large_enough(truth, classes)
    )


def _are_alike(first: Predictions, second: Predictions) -> bool:
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
