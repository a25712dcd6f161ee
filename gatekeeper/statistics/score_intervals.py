"""The 95 % interval of the score of one model, from resamples of rows or of groups of rows."""

from collections.abc import Iterator

import numpy as np

from gatekeeper.statistics.count_metrics import COUNTED, CellCounts
from gatekeeper.statistics.grouped_counts import GroupedCellCounts
from gatekeeper.statistics.influence import is_large_enough, mean_influence, row_influence
from gatekeeper.statistics.mean_metrics import Numbers
from gatekeeper.statistics.paired_bootstrap import count_resamples, make_scorer
from gatekeeper.statistics.ranking_metrics import RANKING_METRICS
from gatekeeper.statistics.row_groups import RowGroups, draw_rows
from gatekeeper.statistics.small_sample_intervals import Interval, share_interval, spread
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.scorers import score
from shared.scoring.truth import Truth

MOST_RESAMPLES = 2_000
"""Number of resamples of an interval; more would not change its second digit."""
SECONDS = 10.0
"""Seconds that resamples may take; a slow metric has fewer of them."""


def find_interval(
    metric: str,
    truth: Truth,
    predictions: Predictions,
    *,
    classes: int,
    costs: CostTable | None = None,
    groups: RowGroups | None = None,
) -> Interval | None:
    """Return the interval; None if the rows are too equal to have one.

    The same arguments give the same interval.

    Args:
        metric: A name of `shared.scoring.scorer_names`.
        truth: Class indices or numbers, shape [rows].
        predictions: The predictions for these rows.
        classes: The number of classes; 0 for a regression.
        costs: The costs, for the metric neg_cost.
        groups: The rows that are drawn together; None if each row is drawn by itself.
    """
    if metric == "accuracy" and groups is None:
        return share_interval(predictions.values == truth)
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric in COUNTED:
            blocks = _score_counts(metric, truth, predictions.values, classes, costs, groups=groups)
        else:
            blocks = _score_rows(metric, truth, predictions, classes, groups)
        return spread(np.concatenate(list(blocks)))


def _score_counts(
    metric: str,
    truth: Truth,
    values: Truth,
    classes: int,
    costs: CostTable | None,
    *,
    groups: RowGroups | None,
) -> Iterator[Numbers]:
    """Yield the scores of resamples of cells of rows, in blocks."""
    parts = (truth, values, values, classes, costs)
    cells = CellCounts(*parts) if groups is None else GroupedCellCounts(*parts, groups=groups)
    count = _count(metric, len(truth), classes, cells.work)
    for found, _ in cells.scores(metric, count, np.random.Generator(np.random.SFC64(0))):
        yield found


def _score_rows(
    metric: str,
    truth: Truth,
    predictions: Predictions,
    classes: int,
    groups: RowGroups | None,
) -> Iterator[Numbers]:
    """Yield the scores of resamples of rows, in blocks."""
    bits = np.random.SFC64(0)
    if metric in RANKING_METRICS and is_large_enough(truth, classes):
        whole = score(metric, truth, predictions, classes)
        each = row_influence(metric, truth, predictions)
        yield whole + mean_influence(each, MOST_RESAMPLES, bits, groups)
        return
    scorer = make_scorer(metric, truth, predictions)
    count = _count(metric, len(truth), classes, 0)
    for weights in draw_rows(len(truth), count, bits, groups):
        yield scorer(weights)


def _count(metric: str, rows: int, classes: int, cells: int) -> int:
    return min(MOST_RESAMPLES, count_resamples(metric, rows, classes, cells, SECONDS))
