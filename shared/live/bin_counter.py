"""Counting of encoded rows in the bins of a reference."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature, NumberType
from shared.inference.servable import AnyRows
from shared.live.hour import FeatureCounts
from shared.live.reference import MAX_NAMED, Bins

Totals = npt.NDArray[np.int64]
"""Shape [features, slots]: rows for each feature that are missing, unseen, or in each bin."""

_MISSING, _UNSEEN, _FIRST_BIN = 0, 1, 2
_SLOTS = _FIRST_BIN + MAX_NAMED + 1


class BinCounter:
    """A counter of rows in the bins of a reference; it keeps no state, for any thread."""

    def __init__(
        self, features: Sequence[Feature], bins: Sequence[Bins], number_type: NumberType
    ) -> None:
        """Prepare to count rows of *features*, whose categories include the names of *bins*.

        Raises:
            ValueError: *bins* has not one item for each feature.
            KeyError: A category of *bins* is not a category of its feature.
        """
        self._sizes = [each.size for each in bins]
        self._type = np.dtype(number_type)
        pairs = list(zip(features, bins, strict=True))
        is_category = np.array([feature.type == "category" for feature, _ in pairs], np.bool_)
        self._numbers, self._categories = np.flatnonzero(~is_category), np.flatnonzero(is_category)
        self._edges = _join_edges([each for feature, each in pairs if feature.type != "category"])
        tables = [
            _tabulate_bins(feature.categories or (), each)
            for feature, each in pairs
            if feature.type == "category"
        ]
        self._ends = np.array([len(table) - 1 for table in tables], dtype=np.intp)
        self._starts = np.cumsum([0, *self._ends + 1])[:-1].astype(np.intp)
        self._table = np.concatenate([np.empty(0, np.intp), *tables])
        self._offsets = np.arange(len(pairs)) * _SLOTS

    def new_totals(self) -> Totals:
        """Return totals of no rows."""
        return np.zeros((len(self._sizes), _SLOTS), np.int64)

    def count(self, rows: AnyRows) -> Totals:
        """Return the totals of *rows*, shape [n, features], as `feature_encoding` encodes them.

        Numbers are first rounded to the type of the model's rows. So a row in float32 is in the
        same bins as in float64.
        """
        slots = np.empty(rows.shape, np.intp)
        if len(self._numbers):
            slots[:, self._numbers] = self._find_number_bins(rows)
        if len(self._categories):
            slots[:, self._categories] = self._find_category_bins(rows)
        slots[np.isnan(rows)] = _MISSING
        slots += self._offsets
        size = len(self._sizes) * _SLOTS
        return np.bincount(slots.ravel(), minlength=size).reshape(-1, _SLOTS).astype(np.int64)

    def describe(self, totals: Totals) -> tuple[FeatureCounts, ...]:
        """Return *totals* as the counts of each feature, for a document."""
        return tuple(
            FeatureCounts(
                counts=tuple(row[_FIRST_BIN : _FIRST_BIN + size]),
                missing=row[_MISSING],
                unseen=row[_UNSEEN],
            )
            for row, size in zip(totals.tolist(), self._sizes, strict=True)
        )

    def _find_number_bins(self, rows: AnyRows) -> npt.NDArray[np.uint8]:
        is_all = len(self._numbers) == rows.shape[1]
        with np.errstate(over="ignore"):  # beyond float32 is infinite, in the last bin
            values = (rows if is_all else rows[:, self._numbers]).astype(self._type, copy=False)
        values = values.astype(np.float64, copy=False)
        found = np.full(values.shape, _FIRST_BIN, np.uint8)
        for edges in self._edges:
            found += values > edges
        return found

    def _find_category_bins(self, rows: AnyRows) -> npt.NDArray[np.intp]:
        codes = rows[:, self._categories]
        is_known = (codes >= 0) & (codes < self._ends)  # false for a missing value too
        places = np.where(is_known, codes, self._ends).astype(np.intp)
        found: npt.NDArray[np.intp] = self._table[self._starts + places]
        return found


def _tabulate_bins(names: Sequence[str], bins: Bins) -> npt.NDArray[np.intp]:
    """Return the slot of each of *names* by its index; the last item is that of unseen strings.

    Raises KeyError if *bins* has a name that is not among *names*.
    """
    codes = {name: code for code, name in enumerate(names)}
    table = np.full(len(names) + 1, _FIRST_BIN + bins.size - 1, np.intp)
    for place, name in enumerate(bins.names or ()):
        table[codes[name]] = _FIRST_BIN + place
    table[-1] = _UNSEEN
    return table


def _join_edges(bins: Sequence[Bins]) -> npt.NDArray[np.float64]:
    """Return all edges, shape [most edges, numbers]: shorter columns end with infinity."""
    columns = [(0.5,) if each.edges is None else each.edges for each in bins]  # 0.5: boolean
    joined = np.full((max(map(len, columns), default=0), len(columns)), np.inf)
    for place, edges in enumerate(columns):
        joined[: len(edges), place] = edges
    return joined
