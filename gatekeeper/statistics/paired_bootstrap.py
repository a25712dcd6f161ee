"""The paired bootstrap: how the difference of two models' scores varies with the rows.

Both models are scored on the same resampled rows, so what makes a row hard for both cancels.
Where sorting takes too long for all resamples, rows are weighed by their influence instead.
"""

from collections.abc import Callable, Iterator

import numpy as np

from gatekeeper.statistics.count_metrics import CELL_WORK, COUNTED, Cells
from gatekeeper.statistics.influence import influence, is_large_enough, mean_influence
from gatekeeper.statistics.mean_metrics import (
    AVERAGED,
    Numbers,
    Scorer,
    of_errors,
    of_largest_error,
    of_median_distance,
    of_median_error,
    of_probabilities,
    of_top_two,
    of_variance,
)
from gatekeeper.statistics.poisson_weights import draw_blocks
from gatekeeper.statistics.ranking_metrics import RANKED, of_ranking, sorts_of
from shared.inference.servable import Predictions
from shared.scoring.scorers import Truth, score

MOST_RESAMPLES = 10_000
FEWEST_RESAMPLES = 200
WORK_PER_SECOND = 33_333_334
"""Rows that may be weighed, in all resamples together, for each second of the evaluation's limit.
It takes a third of that second at most."""
SORTED_WORK = 2
"""Where rows are sorted, weighing one takes as long as weighing so many."""
ROUNDING = 1e-12
"""Differences are equal when they differ by less; relative to scores above 1."""


def resamples_for(metric: str, rows: int, classes: int, cells: int, seconds: float) -> int:
    """How many resamples there are: fewer where they would take long. It asks no clock."""
    if metric in COUNTED:
        work = CELL_WORK * cells
    elif metric in RANKED:
        work = SORTED_WORK * rows * sorts_of(metric, classes)
    else:
        work = rows * (1 + classes // 4 if metric.startswith("d2_") else 1)
    return _weighings(work, seconds)


def _weighings(work: int, seconds: float) -> int:
    return max(FEWEST_RESAMPLES, min(MOST_RESAMPLES, int(seconds * WORK_PER_SECOND) // work))


def differences(
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
        return np.zeros(MOST_RESAMPLES)
    if _is_weighed_by_influence(metric, truth, classes, seconds):
        whole = score(metric, truth, challenger, classes) - score(metric, truth, champion, classes)
        each = influence(metric, truth, challenger) - influence(metric, truth, champion)
        bits = np.random.SFC64(seed)
        return whole + mean_influence(each, _weighings(len(truth), seconds), bits)
    found = [
        ours - theirs
        for ours, theirs in _scores(metric, truth, challenger, champion, classes, seed, seconds)
    ]
    every = np.concatenate(found)
    return every[np.isfinite(every)]


def share_reaching(found: Numbers, required: float) -> float:
    """The share of differences above what is required; a tie counts half.

    1 when nothing was drawn but ties: then no row tells the two apart.
    """
    near = ROUNDING * max(1.0, abs(required))
    above, below = (found > required + near).mean(), (found < required - near).mean()
    return 1.0 if above == below == 0 else float(above + (1 - above - below) / 2)


def scorer_of(metric: str) -> Callable[[Truth, Predictions], Scorer]:
    """Weights to scores, for a metric that does not follow from counts."""
    if metric == "top_k_accuracy":
        return of_top_two
    if metric in RANKED:
        return lambda truth, predictions: of_ranking(metric, truth, predictions)
    if metric in AVERAGED:
        return lambda truth, predictions: of_errors(metric, truth, predictions)
    if metric in {"r2", "explained_variance"}:
        return lambda truth, predictions: of_variance(metric, truth, predictions)
    if metric in _OTHERS:
        return _OTHERS[metric]
    return lambda truth, predictions: of_probabilities(metric, truth, predictions)


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
    if metric in COUNTED:
        cells = Cells(truth, challenger.values, champion.values, classes)
        count = resamples_for(metric, len(truth), classes, len(cells), seconds)
        yield from cells.scores(metric, count, np.random.Generator(bits))
        return
    ours, theirs = (scorer_of(metric)(truth, answers) for answers in (challenger, champion))
    count = resamples_for(metric, len(truth), classes, 0, seconds)
    for weights in draw_blocks(len(truth), count, bits):
        with np.errstate(divide="ignore", invalid="ignore"):
            yield ours(weights), theirs(weights)


def _is_weighed_by_influence(metric: str, truth: Truth, classes: int, seconds: float) -> bool:
    return (
        metric in RANKED
        and resamples_for(metric, len(truth), classes, 0, seconds) < MOST_RESAMPLES
        and is_large_enough(truth, classes)
    )


def _are_alike(first: Predictions, second: Predictions) -> bool:
    if first.probabilities is None or second.probabilities is None:
        same = first.probabilities is second.probabilities
    else:
        same = np.array_equal(first.probabilities, second.probabilities)
    return same and np.array_equal(first.values, second.values)


_OTHERS: dict[str, Callable[[Truth, Predictions], Scorer]] = {
    "d2_absolute_error_score": of_median_distance,
    "neg_median_absolute_error": of_median_error,
    "neg_max_error": of_largest_error,
}
