"""Metrics of the order of rows, for many resamples. Rows are sorted only once."""

from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from gatekeeper.statistics.mean_metrics import Numbers, ResampledScore
from gatekeeper.statistics.poisson_weights import CHUNK, Weights
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import BINARY
from shared.scoring.truth import Truth

RANKING_METRICS = {
    *("average_precision", "roc_auc", "roc_auc_ovr", "roc_auc_ovr_weighted"),
    *("roc_auc_ovo", "roc_auc_ovo_weighted"),
}
"""The names of the metrics of this file."""


def ranking_scorer(metric: str, truth: Truth, predictions: Predictions) -> ResampledScore:
    """Score by ROC AUC of every kind, or by average precision."""
    assert predictions.probabilities is not None  # noqa: S101 - the metric was computed before
    scores = predictions.probabilities
    is_area = metric != "average_precision"
    if scores.shape[1] == BINARY:
        curve = _Curve(truth == 1, scores[:, 1], is_area=is_area)
        return lambda weights: curve.compute(weights)[0]
    if "ovo" in metric:
        return _one_against_one(truth, scores, weighted=metric.endswith("weighted"))
    curves = [_Curve(truth == c, scores[:, c], is_area=is_area) for c in range(scores.shape[1])]

    def compute(weights: Weights) -> Numbers:
        found, positives, _ = np.array([curve.compute(weights) for curve in curves]).swapaxes(0, 1)
        found = np.where(positives > 0, found, np.nan)
        if metric.endswith("weighted"):
            return np.asarray((found * positives).sum(axis=0) / positives.sum(axis=0))
        return np.asarray(found.mean(axis=0))

    return compute


def count_sorts(metric: str, classes: int) -> int:
    """Return about how many times all rows are processed for one model."""
    if classes == BINARY:
        return 1
    return 2 * (classes - 1) if "ovo" in metric else classes


def _one_against_one(
    truth: Truth, scores: npt.NDArray[np.float64], *, weighted: bool
) -> ResampledScore:
    pairs = []
    for pair in combinations(range(scores.shape[1]), 2):
        rows = np.flatnonzero(np.isin(truth, pair))
        pairs.append(
            [_Curve(truth[rows] == c, scores[rows, c], is_area=True, rows=rows) for c in pair]
        )

    def compute(weights: Weights) -> Numbers:
        areas, counts = [], []
        for first, second in pairs:
            area, positives, negatives = first.compute(weights)
            areas.append((area + second.compute(weights)[0]) / 2)
            counts.append(positives + negatives)
        if not weighted:
            return np.asarray(np.mean(areas, axis=0))
        return np.asarray((np.array(areas) * counts).sum(axis=0) / np.sum(counts, axis=0))

    return compute


class _Curve:
    """The rows of one class and the other rows, sorted by score. Equal scores form a tie.

    The order is ascending for the area under the ROC curve, descending for average precision.
    """

    def __init__(
        self,
        is_positive: npt.NDArray[np.bool_],
        scores: npt.NDArray[np.float64],
        *,
        is_area: bool,
        rows: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self._is_area = is_area
        order = np.argsort(scores if is_area else -scores, kind="stable")
        self._rows = order if rows is None else rows[order]
        self._positive = is_positive[order].astype(np.float32)[:, None]
        ordered = scores[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._has_ties = len(starts) < len(order)
        self._chunks = list(self._chunked(starts, len(order)))

    @staticmethod
    def _chunked(
        starts: npt.NDArray[np.int64], rows: int
    ) -> "list[tuple[int, int, npt.NDArray[np.int64]]]":
        """Split the rows without splitting a tie; also return where the ties of a range begin."""
        first = np.searchsorted(starts, np.arange(0, rows, CHUNK))
        cuts = sorted({*starts[first[first < len(starts)]].tolist(), rows})
        return [
            (begin, end, starts[(starts >= begin) & (starts < end)] - begin)
            for begin, end in pairwise(cuts)
        ]

    def compute(self, weights: Weights) -> tuple[Numbers, Numbers, Numbers]:
        """Return the metric and the numbers of positive and negative rows of each resample."""
        size = weights.shape[1]
        found, positives, negatives = np.zeros(size), np.zeros(size), np.zeros(size)
        for begin, end, starts in self._chunks:
            drawn = weights.take(self._rows[begin:end], axis=0).astype(np.float32)
            positive = drawn * self._positive[begin:end]
            drawn -= positive
            if self._has_ties:
                positive = np.add.reduceat(positive, starts, axis=0)
                drawn = np.add.reduceat(drawn, starts, axis=0)
            if self._is_area:
                before = np.cumsum(drawn, axis=0)
                found += _dot(positive, before) + negatives * positive.sum(axis=0)
                if self._has_ties:
                    found -= _dot(positive, drawn) / 2
                negatives += before[-1]
                positives += positive.sum(axis=0)
            else:
                right = np.cumsum(positive, axis=0, dtype=np.float32)
                right += positives.astype(np.float32)
                np.cumsum(drawn, axis=0, out=drawn)
                drawn += negatives.astype(np.float32)
                positives, negatives = right[-1].astype(float), drawn[-1].astype(float)
                drawn += right
                right /= np.maximum(drawn, 1.0, out=drawn)
                found += _dot(positive, right)
        whole = positives * negatives if self._is_area else positives
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(whole > 0, found / whole, np.nan), positives, negatives


def _dot(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> Numbers:
    return np.asarray(np.einsum("nb,nb->b", first, second), dtype=np.float64)
