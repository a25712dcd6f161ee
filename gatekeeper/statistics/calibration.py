"""How far are probabilities from frequencies? The expected calibration error, with its interval.

Rows are sorted by their confidence and divided into bins of equal numbers of rows. The gap of a
bin is its mean confidence minus its share of right answers. The error is the mean absolute gap.

Chance makes every absolute gap larger, so the plain error of a perfect model is above 0. The
estimate subtracts the expected part of chance. The bootstrap of the plain error has the same
defect twice, so the interval is drawn from the standard errors of the gaps instead.

Rows with the same key are alike, also in different bins. Then the errors of the gaps follow from
the sums over each key, and are drawn together.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from gatekeeper.statistics.row_groups import RowGroups
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import BINARY
from shared.scoring.truth import Truth

Numbers = npt.NDArray[np.float64]

MAX_BINS = 10
"""Number of bins, as in the report's calibration curve."""
MIN_BIN_ROWS = 20
"""Smallest number of rows for each bin, or of keys; smaller holdouts have fewer bins."""
DRAWS = 10_000
"""Number of drawn errors behind the interval."""


@dataclass(frozen=True)
class CalibrationError:
    """The expected calibration error of one model."""

    error: float
    """The estimate, without the part that chance is expected to add."""
    low: float
    high: float
    """`low` and `high` contain the true error of these bins with the given confidence, or more."""
    bins: int


def measure_calibration(
    truth: Truth,
    predictions: Predictions,
    confidence: float,
    seed: int,
    groups: RowGroups | None = None,
) -> CalibrationError:
    """Measure the calibration error of a classifier with probabilities.

    Args:
        truth: Class indices, shape [rows].
        predictions: Its predictions for these rows, with probabilities.
        confidence: The confidence of the interval.
        seed: The seed of the draws.
        groups: The rows that belong together, because they have the same key.
    """
    sure, is_right = answer_confidence(truth, predictions)
    weights, gaps, factor = bin_gaps(sure, is_right, groups)
    plain = float((weights * np.abs(gaps)).sum())
    low, high = _interval(weights, gaps, factor, confidence, seed)
    error = estimate_error(weights, gaps, factor)
    return CalibrationError(error, max(0.0, plain - low), min(1.0, plain + high), len(gaps))


def answer_confidence(
    truth: Truth, predictions: Predictions
) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Return a probability of each row, shape [rows], and whether its event happened.

    With two classes, it is the probability of the positive class. With more, it is the largest
    probability, and the event is that the row has this class.
    """
    assert predictions.probabilities is not None  # noqa: S101 - the caller has checked it
    probabilities = predictions.probabilities.astype(np.float64).clip(0.0, 1.0)
    if probabilities.shape[1] == BINARY:
        return probabilities[:, 1], truth == 1
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == truth


def bin_gaps(
    sure: Numbers, is_right: npt.NDArray[np.bool_], groups: RowGroups | None = None
) -> tuple[Numbers, Numbers, Numbers]:
    """Return the share of rows and the gap of each bin, and a factor of the gaps' covariance.

    Rows with equal probabilities are in the same bin.
    """
    rows = len(sure)
    count = max(1, min(MAX_BINS, (groups.count if groups else rows) // MIN_BIN_ROWS))
    ordered = np.sort(sure)
    edges = np.unique(ordered[np.arange(1, count) * rows // count])
    _, bins = np.unique(np.searchsorted(edges, sure, side="right"), return_inverse=True)
    sizes = np.bincount(bins)

    def mean(values: Numbers) -> Numbers:
        return np.bincount(bins, weights=values) / sizes

    residuals = sure - is_right
    gaps = mean(residuals)
    observed = (mean(residuals**2) - gaps**2) / sizes
    claimed = mean(sure * (1 - sure)) / sizes
    factor = np.diag(np.sqrt(np.maximum(observed, claimed)))
    if groups is not None:
        # A bin without a wrong answer shows no spread, but the probabilities claim some.
        factor = _factor_of_keys((residuals - gaps[bins]) / sizes[bins], bins, groups, claimed)
    return sizes / rows, gaps, factor


def _factor_of_keys(
    parts: Numbers, bins: npt.NDArray[np.intp], groups: RowGroups, claimed: Numbers
) -> Numbers:
    """Return a factor of the covariance of sums of *parts* over bins, with whole keys drawn."""
    shape = (groups.count, len(claimed))
    cells = np.bincount(
        groups.index * shape[1] + bins, weights=parts, minlength=shape[0] * shape[1]
    )
    sums = cells.reshape(shape)
    covariance = sums.T @ sums * groups.count / max(groups.count - 1, 1)
    missing = np.maximum(claimed - np.diag(covariance), 0.0)
    values, vectors = np.linalg.eigh(covariance + np.diag(missing))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def estimate_error(weights: Numbers, gaps: Numbers, factor: Numbers) -> float:
    """Return the mean absolute gap without the part that chance adds to the likely true gaps."""
    errors = np.sqrt((factor**2).sum(axis=1))
    likely = np.sqrt(np.maximum(gaps**2 - errors**2, 0.0))
    ratio = likely / np.where(errors > 0, errors, 1.0)
    density = np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
    expected = likely * (1 - 2 * ndtr(-ratio)) + 2 * errors * density
    return max(0.0, float((weights * (np.abs(gaps) - (expected - likely))).sum()))


def _interval(
    weights: Numbers, gaps: Numbers, factor: Numbers, confidence: float, seed: int
) -> tuple[float, float]:
    """Return how far the plain error may be above the true one, and below it.

    The plain error exceeds the true one by at most the mean absolute error of the gaps. It is
    below the true one by at most their mean error with the signs of the gaps.
    """
    random = np.random.default_rng(seed)
    drawn = random.standard_normal((DRAWS, factor.shape[1])) @ factor.T * weights
    above = np.quantile(np.abs(drawn).sum(axis=1), (1 + confidence) / 2)
    below = np.quantile(drawn @ np.where(gaps < 0, -1.0, 1.0), (1 + confidence) / 2)
    return float(above), float(below)
