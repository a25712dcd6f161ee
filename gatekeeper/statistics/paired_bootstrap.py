"""The paired bootstrap: the variation of the score difference of two models between samples.

Both models are scored on the same resampled rows, so the difficulty of a row for both cancels. If
sorting takes too long for all resamples, the influences of rows replace it.
"""

from collections.abc import Callable, Iterable

import numpy as np

from gatekeeper.statistics.count_metrics import CELL_WORK, COUNTED, CellCounts
from gatekeeper.statistics.grouped_counts import GroupedCellCounts
from gatekeeper.statistics.influence import is_large_enough, mean_influence, row_influence
from gatekeeper.statistics.mean_metrics import (
    SCORERS,
    Numbers,
    ResampledScore,
    probability_scorer,
)
from gatekeeper.statistics.ranking_metrics import RANKING_METRICS, count_sorts, ranking_scorer
from gatekeeper.statistics.row_groups import RowGroups, draw_rows
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.scorers import score
from shared.scoring.truth import Truth

MAX_RESAMPLES = 10_000
MIN_RESAMPLES = 200
WORK_PER_SECOND = 33_333_334
"""Number of rows, in all resamples together, for each second of the evaluation's time limit.

Weighting this many rows takes at most a third of that second.
"""
SORTED_WORK = 2
"""Work of weighting a row along an order, relative to the work of weighting it in a sum."""


def count_resamples(metric: str, rows: int, classes: int, cells: int, seconds: float) -> int:
    """Return the number of resamples: fewer if they would take long. It depends on no clock."""
    if metric in COUNTED:
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
    costs: CostTable | None = None,
    groups: RowGroups | None = None,
    observe: Callable[[int, int], object] = lambda _drawn, _all: None,
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
        costs: The costs, for the metric neg_cost.
        groups: The rows that are drawn together; None if each row is drawn by itself.
        observe: Gets the number of resamples so far, and that of all, after each block.
    """
    if _are_equal(challenger, champion):
        return np.zeros(MAX_RESAMPLES)
    rows, bits = len(truth), np.random.SFC64(seed)
    if metric in COUNTED:
        parts = (truth, challenger.values, champion.values, classes, costs)
        cells = CellCounts(*parts) if groups is None else GroupedCellCounts(*parts, groups=groups)
        count = count_resamples(metric, rows, classes, cells.work, seconds)
        pairs = cells.scores(metric, count, np.random.Generator(bits))
        return _finite((ours - theirs for ours, theirs in pairs), count, observe)
    count = count_resamples(metric, rows, classes, 0, seconds)
    if metric in RANKING_METRICS and count < MAX_RESAMPLES and is_large_enough(truth, classes):
        whole = score(metric, truth, challenger, classes) - score(metric, truth, champion, classes)
        each = row_influence(metric, truth, challenger) - row_influence(metric, truth, champion)
        return whole + mean_influence(each, _affordable_resamples(rows, seconds), bits, groups)
    ours, theirs = (make_scorer(metric, truth, each) for each in (challenger, champion))
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = draw_rows(rows, count, bits, groups)
        return _finite((ours(each) - theirs(each) for each in drawn), count, observe)


def make_scorer(metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Return the function that scores resamples by a metric that does not follow from counts."""
    if metric in RANKING_METRICS:
        return ranking_scorer(metric, truth, predictions)
    return SCORERS.get(metric, probability_scorer)(metric, truth, predictions)


def _finite(
    blocks: Iterable[Numbers], count: int, observe: Callable[[int, int], object]
) -> Numbers:
    """Join blocks of *count* differences; leave out resamples without a score."""
    parts, drawn = list[Numbers](), 0
    for block in blocks:
        parts.append(block)
        drawn += len(block)
        observe(drawn, count)
    every: Numbers = np.concatenate(parts)
    return every[np.isfinite(every)]


def _are_equal(first: Predictions, second: Predictions) -> bool:
    if first.probabilities is None or second.probabilities is None:
        same = first.probabilities is second.probabilities
    else:
        same = np.array_equal(first.probabilities, second.probabilities)
    return same and np.array_equal(first.values, second.values)
