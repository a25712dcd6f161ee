"""What each row contributes to a metric of the order: for holdouts too large to be resampled whole.

The influence L of a row is the derivative of the metric by the row's weight, times the number of
rows. A resample's score is the holdout's plus the mean of L over the drawn rows, but for terms
that vanish with the rows of the smallest class: Hampel, The influence curve and its role in robust
estimation, JASA 69, 1974; for the area under a curve it is what DeLong et al., Biometrics 44,
1988, rest on.
"""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from gatekeeper.statistics.poisson_weights import draw_blocks, weighted_sums
from shared.inference.servable import Predictions
from shared.scoring.scorers import Truth

Influence = npt.NDArray[np.float64]
"""Shape [rows], with the sum 0."""
MIN_CLASS_ROWS = 1_000
"""Of each class; with fewer the terms that are left out matter."""
_TWO = 2


def is_large_enough(truth: Truth, classes: int) -> bool:
    """Whether every class has rows enough for the influence to say all."""
    return bool(np.bincount(truth.astype(np.intp), minlength=classes).min() >= MIN_CLASS_ROWS)


def row_influence(metric: str, truth: Truth, predictions: Predictions) -> Influence:
    """Of ROC AUC of every kind, and of average precision."""
    assert predictions.probabilities is not None  # noqa: S101 - the metric was computed before
    scores = predictions.probabilities
    classes = scores.shape[1]
    if metric == "average_precision":
        return _of_precision(truth == 1, scores[:, 1])[1]
    if classes == _TWO:
        return _of_area(truth == 1, scores[:, 1])[1]
    if "ovo" in metric:
        return _one_against_one(truth, scores, weighted=metric.endswith("weighted"))
    found = np.zeros(len(truth))
    for c in range(classes):
        belongs = truth == c
        area, each = _of_area(belongs, scores[:, c])
        if metric.endswith("weighted"):
            share = belongs.mean()
            found += share * each + (belongs - share) * area
        else:
            found += each / classes
    return found


def mean_influence(each: Influence, resamples: int, bits: np.random.SFC64) -> Influence:
    """The mean of *each* over the rows that are drawn, shape [resamples]."""
    vectors, found = np.array([each, np.ones(len(each))]), []
    for weights in draw_blocks(len(each), resamples, bits):
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
            *(_of_area(truth[rows] == c, scores[rows, c]) for c in (first, second)), strict=True
        )
        part = np.zeros(len(truth))
        part[rows] = np.mean(influences, axis=0) / share
        if weighted:
            found += (share * part + (rows - share) * np.mean(areas)) / (classes - 1)
        else:
            found += part / len(pairs)
    return found


def _of_area(
    is_positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]
) -> tuple[float, Influence]:
    """The area, and the influence of each row: how many of the others it stands right to."""
    ordered = [np.sort(scores[mask]) for mask in (~is_positive, is_positive)]
    below, above = (_share_below(values, scores) for values in ordered)
    right = np.where(is_positive, below, 1 - above)
    area = float(right[is_positive].mean())
    share = is_positive.mean()
    return area, (right - area) / np.where(is_positive, share, 1 - share)


def _share_below(
    ordered: npt.NDArray[np.float64], scores: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Which share of *ordered* lies below each score; an equal one counts half."""
    both = np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")
    return both / (2 * len(ordered))


def _of_precision(
    is_positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]
) -> tuple[float, Influence]:
    """The average precision, and the influence: own precision, and what a row does to others'."""
    positives, all_scores = np.sort(-scores[is_positive]), np.sort(-scores)
    found = np.searchsorted(positives, -scores, "right")
    shown = np.searchsorted(all_scores, -scores, "right")
    precision = found / shown
    average = float(precision[is_positive].mean())
    # Sums over the positive rows at or after each row in the order: what their precision gains
    # by one more positive row before them, and loses by one more negative.
    order = np.argsort(-scores[is_positive], kind="stable")
    hits, all_ = found[is_positive][order], shown[is_positive][order]
    place = np.searchsorted(positives, -scores, "left")
    gains, losses = (
        np.r_[np.cumsum(part[::-1])[::-1], 0.0][place]
        for part in ((all_ - hits) / all_**2, hits / all_**2)
    )
    each = np.where(is_positive, precision - average + gains, -losses)
    return average, each / is_positive.mean()
