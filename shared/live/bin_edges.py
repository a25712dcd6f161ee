"""The choice of bins for the values of a feature, or for predictions."""

import math

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.live.reference import MAX_NAMED, Bins, FeatureBins

NUMBER_BINS = 10
"""The bins of a number hold about a tenth of its values each."""
_EXACT_DIGITS = 17
"""Significant digits that distinguish all float64."""
_CONSTANT_MARGIN = 1e-6
"""Relative distance of the edges beside a constant: several steps of float32."""
_LEAST_MARGIN = 1e-30
"""Distance of the edges beside 0."""

Numbers = npt.NDArray[np.float64]


def choose_feature_bins(column: Numbers, feature: Feature) -> FeatureBins:
    """Return the bins of one feature, which count nothing yet.

    Args:
        column: Shape [n], encoded training values as the model gets them, NaN if missing.
        feature: The feature of the artefact.
    """
    known = column[~np.isnan(column)]
    if feature.type == "number":
        edges = choose_edges(known)
        return FeatureBins(edges=edges, counts=(0,) * (len(edges) + 1), missing=0)
    if feature.type == "boolean":
        return FeatureBins(counts=(0, 0), missing=0)
    names = choose_names(known.astype(np.intp), feature.categories or ())
    return FeatureBins(names=names, counts=(0,) * (len(names) + 1), missing=0)


def choose_prediction_bins(values: npt.NDArray[np.generic], classes: tuple[str, ...]) -> Bins:
    """Return the bins of predictions: class indices if there are *classes*, otherwise numbers."""
    if classes:
        names = choose_names(values.astype(np.intp), classes)
        return Bins(names=names, counts=(0,) * (len(names) + 1))
    edges = choose_edges(values.astype(np.float64))
    return Bins(edges=edges, counts=(0,) * (len(edges) + 1))


def choose_edges(values: Numbers) -> tuple[float, ...]:
    """Return at most 9 edges between different values that cut them into equal shares.

    Equal values stay in one bin. A constant gets an edge on both sides, so that other values have
    bins of their own. Each edge is the shortest decimal number between its two values.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) == 1:
        return _enclose(float(distinct[0]))
    ends = np.cumsum(counts)[:-1]
    if len(distinct) > NUMBER_BINS:
        ends = _nearest(ends, len(values) * np.arange(1, NUMBER_BINS) / NUMBER_BINS)
    else:
        ends = np.arange(len(ends))
    return tuple(_between(float(distinct[end]), float(distinct[end + 1])) for end in ends)


def choose_names(codes: npt.NDArray[np.intp], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the 50 most frequent *names*, most frequent first; equals in their own order."""
    counts = np.bincount(codes, minlength=len(names))
    order = np.argsort(-counts, kind="stable")[:MAX_NAMED]
    return tuple(names[index] for index in order)


def _nearest(ends: npt.NDArray[np.intp], targets: Numbers) -> npt.NDArray[np.intp]:
    """Return the indices of the *ends* that are nearest to the *targets*, each index once."""
    after = np.clip(np.searchsorted(ends, targets), 1, len(ends) - 1)
    before = after - 1
    is_before = targets - ends[before] <= ends[after] - targets
    return np.unique(np.where(is_before, before, after))


def _between(low: float, high: float) -> float:
    """Return the shortest decimal number that is at least *low* and below *high*."""
    middle = low / 2 + high / 2
    for digits in range(1, _EXACT_DIGITS + 1):
        edge = float(f"{middle:.{digits}g}")
        if low < edge < high:
            return edge
    return low


def _enclose(value: float) -> tuple[float, ...]:
    """Return the edges on both sides of a constant."""
    margin = max(abs(value) * _CONSTANT_MARGIN, _LEAST_MARGIN)
    return tuple(edge for edge in (value - margin, value + margin) if math.isfinite(edge))
