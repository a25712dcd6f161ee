"""Divide the rows of a holdout into slices: by the values of features, or of kept columns."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.contract.time_split import format_time
from shared.inference.feature_encoding import decode_value
from shared.inference.servable import Rows
from shared.inference.text_index import TextIndex
from shared.scoring.holdout_file import Holdout
from shared.scoring.slice_columns import SliceColumn

Mask: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.intp]

MAX_DISTINCT_VALUES = 10
"""Number of distinct values up to which a numeric column has a slice for each value.

A column with more values is split into quarters.
"""


def find_slices(
    columns: Sequence[str], holdout: Holdout, features: Sequence[Feature]
) -> Iterator[tuple[str, str, Indices]]:
    """Yield the column, the value and the rows of each slice.

    *features* are those of the holdout. A column that is not one of them, nor kept, has no slices.
    """
    kept = holdout.kept
    tables: list[tuple[Sequence[Feature], Rows]] = [(features, holdout.rows)]
    tables += [(kept.columns, kept.rows)] if kept else []
    for column in columns:
        for described, rows in tables:
            index = TextIndex(each.name for each in described).find(column)
            if index is not None:
                for value, mask in split_column(rows[:, index], described[index]):
                    yield column, value, np.flatnonzero(mask)
                break


def split_column(column: Rows, feature: Feature) -> Iterator[tuple[str, Mask]]:
    """Split the rows of one column, shape [n], into slices. Each row is in one slice.

    A category has a slice also if no row has it: it is in the data, and nobody knows its score.
    """
    is_missing = np.isnan(column)
    if is_missing.any():
        yield "missing", is_missing
    values = np.unique(column[~is_missing])
    if feature.categories:
        values = np.arange(len(feature.categories), dtype=np.float64)
    if feature.type != "number" or len(values) <= MAX_DISTINCT_VALUES:
        for value in values:
            yield _show_value(feature, float(value)), column == value
        return
    edges = np.unique(np.quantile(column[~is_missing], (0.25, 0.5, 0.75)))
    quarters = np.searchsorted(edges, column)  # NaN is after all edges
    for quarter in range(len(edges) + 1):
        low = f"above {_show_edge(feature, edges[quarter - 1])}" if quarter else ""
        high = f"up to {_show_edge(feature, edges[quarter])}" if quarter < len(edges) else ""
        mask = (quarters == quarter) & ~is_missing
        if mask.any():
            yield " and ".join(filter(None, (low, high))), mask


def _show_value(feature: Feature, value: float) -> str:
    shown = decode_value(feature, value)
    if isinstance(shown, bool):
        return str(shown).lower()
    return _show_edge(feature, value) if _is_time(feature) else f"{shown}"


def _show_edge(feature: Feature, value: float) -> str:
    return format_time(value, "seconds") if _is_time(feature) else f"{value:.6g}"


def _is_time(feature: Feature) -> bool:
    return isinstance(feature, SliceColumn) and feature.unit == "seconds"
