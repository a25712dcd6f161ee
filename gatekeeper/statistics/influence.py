"""The influence of each row on a ranking metric, for holdouts that are too large to sort again.

The influence of a row is the derivative of the metric by the row's weight, times the number of
rows. The score of a resample is about the holdout's score plus the mean influence of its rows. The
error decreases with the number of rows in the smallest class.

Hampel, The influence curve and its role in robust estimation, JASA 69, 1974. DeLong et al.,
Biometrics 44, 1988, use it for the area under a curve.
"""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from gatekeeper.statistics.poisson_weights import draw_blocks, weighted_sums
from gatekeeper.statistics.row_groups import RowGroups
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import BINARY
from shared.scoring.truth import Truth

Influence = npt.NDArray[np.float64]
"""Influences of rows: shape [rows], sum 0."""
MIN_CLASS_ROWS = 1_000
"""Smallest number of rows of a class; with fewer rows the error is too large."""


def is_large_enough(truth: Truth, classes: int) -> bool:
    """Return whether every class has enough rows for influences to be exact enough."""
    return bool(np.bincount(truth.astype(np.intp), minlength=classes).min() >= MIN_CLASS_ROWS)


def row_influence(metric: str, truth: Truth, predictions: Predictions) -> Influence:
    """Return the influence of each row on ROC AUC of every kind, or on average precision."""
    assert predictions.probabilities is not None  # noqa: S101 - the metric was computed before
    scores = predictions.probabilities
    classes = scores.shape[1]
    if metric == "average_precision":
        return _average_precision(truth == 1, scores[:, 1])[1]
    if classes == BINARY:
        return _area(truth == 1, scores[:, 1])[1]
    if "ovo" in metric:
        return _one_against_one(truth, scores, weighted=metric.endswith("weighted"))
    found = np.zeros(len(truth))
    for c in range(classes):
        belongs = truth == c
        area, each = _area(belongs, scores[:, c])
        if metric.endswith("weighted"):
            share = belongs.mean()
            found += share * each + (belongs - share) * area
        else:
            found += each / classes
    return found


def mean_influence(
    each: Influence, resamples: int, bits: np.random.SFC64, groups: RowGroups | None = None
) -> Influence:
    """Return the mean of *each* over the drawn rows, or over those of drawn *groups*.

    Its shape is [resamples].
    """
    vectors, found = np.array([each, np.ones(len(each))]), []
    if groups is not None:
        vectors = np.array([groups.sum(vector) for vector in vectors])
    for weights in draw_blocks(vectors.shape[1], resamples, bits):
        contributed, drawn = weighted_sums(vectors, weights)
        found.append(contributed / drawn)
    return np.concatenate(found)


def _one_against_one(truth: Truth, scores: npt.NDArray[np.float64], *, weighted: bool) -> Influence:
    classes = scores.shape[1]
    pairs = list(combinations(range(classes), 2))
    found = np.zeros(len(truth))
    for first, second in pairs:
        rows = np.isin(truth, (first, second))
        share = rows.mean()
        areas, influences = zip(
            *(_area(truth[rows] == c, scores[rows, c]) for c in (first, second)), strict=True
        )
        part = np.zeros(len(truth))
        part[rows] = np.mean(influences, axis=0) / share
        if weighted:
            found += (share * part + (rows - share) * np.mean(areas)) / (classes - 1)
        else:
            found += part / len(pairs)
    return found


def _area(
    is_positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]
) -> tuple[float, Influence]:
    """Return the area and the influence of each row.

    A row contributes the share of rows of the other class that it is ordered correctly against.
    """
    ordered = [np.sort(scores[mask]) for mask in (~is_positive, is_positive)]
    below, above = (_share_below(values, scores) for values in ordered)
    right = np.where(is_positive, below, 1 - above)
    area = float(right[is_positive].mean())
    share = is_positive.mean()
    return area, (right - area) / np.where(is_positive, share, 1 - share)


def _share_below(
    ordered: npt.NDArray[np.float64], scores: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the share of *ordered* below each score; an equal value counts half."""
    both = np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")
    return both / (2 * len(ordered))


def _average_precision(
    is_positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]
) -> tuple[float, Influence]:
    """Return the average precision and the influence of each row.

    A row contributes its own precision and changes the precision of later rows.
    """
    positives, all_scores = np.sort(-scores[is_positive]), np.sort(-scores)
    found = np.searchsorted(positives, -scores, "right")
    shown = np.searchsorted(all_scores, -scores, "right")
    precision = found / shown
    average = float(precision[is_positive].mean())
    # Sums over the positive rows at or after each row in the order: their precision increases
    # with one more positive row before them and decreases with one more negative row.
    order = np.argsort(-scores[is_positive], kind="stable")
    hits, all_ = found[is_positive][order], shown[is_positive][order]
    index = np.searchsorted(positives, -scores, "left")
    gains, losses = (
        np.r_[np.cumsum(part[::-1])[::-1], 0.0][index]
        for part in ((all_ - hits) / all_**2, hits / all_**2)
    )
    each = np.where(is_positive, precision - average + gains, -losses)
    return average, each / is_positive.mean()
