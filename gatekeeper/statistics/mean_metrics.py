"""Metrics that follow from sums, medians and maxima over rows, for many resamples."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from gatekeeper.statistics.poisson_weights import Weights, weighted_sums
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import BINARY
from shared.scoring.truth import Truth

Numbers = npt.NDArray[np.float64]
ResampledScore = Callable[[Weights], Numbers]
"""A function of weights, shape [rows, resamples], to scores, shape [resamples].

A score is NaN if the metric is not defined for the resample.
"""
_NOTHING = 1e-12
"""Relative size below which a sum of squares is a rounding error of 0."""
_FARTHEST = 64
"""Number of largest errors that are kept; a resample has none of them with probability e⁻⁶⁴."""


def probability_scorer(metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Score by log loss or Brier score, or by their D²: relative to the class frequencies."""
    probabilities = _normalized(predictions)
    classes = probabilities.shape[1]
    is_true = (truth == np.arange(classes)[:, None]).astype(np.float64)
    if "log_loss" in metric:
        tiny = np.finfo(np.float64).eps
        own = probabilities[np.arange(len(truth)), truth.astype(np.int64)]
        losses = -np.log(np.clip(own, tiny, 1 - tiny))
    else:
        losses = ((is_true.T - probabilities) ** 2).sum(axis=1)
    if not metric.startswith("d2_"):
        halved = 0.5 if metric == "neg_brier_score" and classes == BINARY else 1.0
        return _mean_scorer(-losses * halved)

    def compare(weights: Weights) -> Numbers:
        loss, *counts = weighted_sums(np.vstack((losses, is_true)), weights)
        total = np.sum(counts, axis=0)
        shares = np.array(counts) / total
        if metric == "d2_brier_score":
            null = 1 - (shares**2).sum(axis=0)
        else:
            null = -xlogy(shares, shares).sum(axis=0)
        return np.asarray(np.where(null > _NOTHING, 1 - loss / total / null, np.nan))

    return compare


def top_two_scorer(_metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Score by the share of rows whose class is one of the two most probable classes."""
    assert predictions.probabilities is not None  # noqa: S101 - the metric was computed before
    order = np.argsort(predictions.probabilities, axis=1, kind="stable")[:, ::-1]
    return _mean_scorer((order[:, :2] == truth[:, None]).any(axis=1).astype(np.float64))


def error_scorer(metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Score by the mean loss of a row."""
    y, p = truth.astype(np.float64), predictions.values.astype(np.float64)
    mean = _mean_scorer(-_LOSSES[metric](y, p))
    if not metric.startswith("neg_root"):
        return mean
    return lambda weights: -np.sqrt(-mean(weights))


def variance_scorer(metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Score by R² or explained variance."""
    y = truth - truth.mean()
    error = truth - predictions.values
    largest = float((y**2).max())
    vectors = np.stack((np.ones(len(y)), y, y**2, error, error**2)).astype(np.float64)

    def compute(weights: Weights) -> Numbers:
        total, sum_y, sum_y2, sum_error, sum_error2 = weighted_sums(vectors, weights)
        left = sum_error2 - (sum_error**2 / total if metric == "explained_variance" else 0.0)
        return _explained(left, sum_y2 - sum_y**2 / total, total, largest)

    return compute


def median_distance_scorer(_metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Score by D² of absolute errors: relative to the median of the resample."""
    shift = float(np.median(truth))
    y = (truth - shift).astype(np.float64)
    median = _Median(y)
    vectors = np.stack((np.abs(truth - predictions.values), y)).astype(np.float64)

    def compute(weights: Weights) -> Numbers:
        lost, sum_y = weighted_sums(vectors, weights)
        middle, below, sum_below, total = median.compute(weights)
        null = sum_y - 2 * sum_below - middle * (total - 2 * below)
        return _explained(lost, null, total, float(np.abs(y).max()))

    return compute


def median_error_scorer(_metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Score by the median of absolute errors."""
    median = _Median(np.abs(truth - predictions.values).astype(np.float64))
    return lambda weights: -median.compute(weights)[0]


def max_error_scorer(_metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Score by the largest error."""
    errors = np.abs(truth - predictions.values).astype(np.float64)
    farthest = np.argsort(-errors, kind="stable")[:_FARTHEST]

    def compute(weights: Weights) -> Numbers:
        drawn = weights[farthest] > 0
        return np.where(drawn.any(axis=0), -errors[farthest][drawn.argmax(axis=0)], np.nan)

    return compute


class _Median:
    """The weighted median of numbers. Only numbers near the middle are candidates."""

    def __init__(self, numbers: Numbers) -> None:
        rows = len(numbers)
        order = np.argsort(numbers, kind="stable")
        reach = 10 * int(np.sqrt(rows)) + 1
        start = max(0, rows // 2 - reach)
        self._near = order[start : rows // 2 + reach]
        self._numbers = numbers[self._near]
        lower = np.zeros(rows)
        lower[order[:start]] = 1.0
        self._vectors = np.stack((np.ones(rows), lower, lower * numbers))

    def compute(self, weights: Weights) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return the median, the rows up to it, the sum of their numbers, and all rows."""
        total, lower, sum_lower = weighted_sums(self._vectors, weights)
        near = weights[self._near].astype(np.float64)
        counts = np.cumsum(near, axis=0)
        counts += lower
        first, second = (
            np.minimum((counts < rank).sum(axis=0), len(counts) - 1)
            for rank in ((total + 1) // 2, total // 2 + 1)
        )
        each = np.arange(len(total))
        sums = np.cumsum(near * self._numbers[:, None], axis=0)[first, each] + sum_lower
        middle = (self._numbers[first] + self._numbers[second]) / 2
        return np.where(total > 0, middle, np.nan), counts[first, each], sums, total


def _mean_scorer(losses: Numbers) -> ResampledScore:
    vectors = np.stack((losses, np.ones(len(losses))))

    def compute(weights: Weights) -> Numbers:
        lost, total = weighted_sums(vectors, weights)
        return np.asarray(lost / total)

    return compute


def _explained(left: Numbers, null: Numbers, total: Numbers, largest: float) -> Numbers:
    """Return 1 - left / null, with scikit-learn's values where null is 0."""
    is_nothing = null <= _NOTHING * largest * total
    share = 1 - left / np.where(is_nothing, 1.0, null)
    share = np.where(is_nothing, np.where(left <= _NOTHING * largest * total, 1.0, 0.0), share)
    return np.where(total > 1, share, np.nan)


def _normalized(predictions: Predictions) -> Numbers:
    assert predictions.probabilities is not None  # noqa: S101 - the metric was computed before
    probabilities = predictions.probabilities.astype(np.float64).clip(0.0, 1.0)
    return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))


def _squared_log(truth: Numbers, predicted: Numbers) -> Numbers:
    return np.asarray((np.log1p(truth) - np.log1p(predicted)) ** 2)


_LOSSES: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "neg_mean_absolute_error": lambda y, p: np.abs(y - p),
    "neg_mean_absolute_percentage_error": lambda y, p: (
        np.abs(y - p) / np.maximum(np.abs(y), np.finfo(np.float64).eps)
    ),
    "neg_mean_gamma_deviance": lambda y, p: 2 * (np.log(p / y) + y / p - 1),
    "neg_mean_poisson_deviance": lambda y, p: 2 * (xlogy(y, y / p) - y + p),
    "neg_mean_squared_error": lambda y, p: (y - p) ** 2,
    "neg_mean_squared_log_error": _squared_log,
    "neg_root_mean_squared_error": lambda y, p: (y - p) ** 2,
    "neg_root_mean_squared_log_error": _squared_log,
}
"""The loss of one row, by metric."""
SCORERS: dict[str, Callable[[str, Truth, Predictions], ResampledScore]] = {
    **dict.fromkeys(_LOSSES, error_scorer),
    **dict.fromkeys(("r2", "explained_variance"), variance_scorer),
    "d2_absolute_error_score": median_distance_scorer,
    "neg_median_absolute_error": median_error_scorer,
    "neg_max_error": max_error_scorer,
    "top_k_accuracy": top_two_scorer,
}
"""The function that makes the scorer of a metric; other metrics use `probability_scorer`."""
