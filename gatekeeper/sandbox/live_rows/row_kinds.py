"""Divide logged rows by the values of each feature, and name what some rows have in common.

A decision is kept for ever and everybody may read it, so it names no value of only a few rows.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatekeeper.evidence.live_results import RowKind
from gatekeeper.sandbox.column_slices import split_column
from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Rows
from shared.prediction_log.logged_row import LoggedRow
from shared.text import shorten, to_printable

Mask = npt.NDArray[np.bool_]
LEAST_NAMED_ROWS = 5
"""Rows that a value must have to be named."""
RARE = "another category that the training data lack"
"""The name of all categories that are unknown and rare."""
_MOST_FEATURES = 1000
"""Features by which rows are divided: the first ones."""
_MOST_UNKNOWN = 20
"""Unknown categories of one feature that are named: the most frequent ones."""
_LEAST_LIFT = 1.5
"""How much more often the rows of a kind must be among the chosen rows than all rows are."""


@dataclass(frozen=True)
class LiveTable:
    """Logged rows in the encoding of the challenger."""

    logged: Sequence[LoggedRow]
    """The rows, which also have the strings that the challenger does not know."""
    rows: Rows
    """Shape [n, features]."""
    features: Sequence[Feature]


def iterate_kinds(table: LiveTable) -> Iterator[tuple[RowKind, Mask]]:
    """Yield each value of each feature that can be named, and the mask of its rows, shape [n]."""
    for column, feature in enumerate(table.features[:_MOST_FEATURES]):
        values = table.rows[:, column]
        for value, mask in split_column(values, feature):
            if (count := int(mask.sum())) >= LEAST_NAMED_ROWS:
                yield _kind(feature, value, count), mask
        if feature.type == "category" and (values == UNSEEN).any():
            yield from _split_unknown(table, column, feature)


def name_common_kind(table: LiveTable, chosen: Mask) -> RowKind | None:
    """Return the kind that all *chosen* rows are of, and the fewest others.

    Return None if there is no such kind, or if it is as common among all rows.
    """
    best, count, share = None, int(chosen.sum()), float(chosen.mean())
    for kind, mask in iterate_kinds(table) if count else ():
        is_common = not (chosen & ~mask).any() and count / kind.rows >= _LEAST_LIFT * share
        if is_common and (best is None or kind.rows < best.rows):
            best = kind
    return best


def _split_unknown(
    table: LiveTable, column: int, feature: Feature
) -> Iterator[tuple[RowKind, Mask]]:
    """Yield the unknown categories of one feature: the frequent ones, and the others together."""
    rest = table.rows[:, column] == UNSEEN
    strings = np.array(
        [
            str(row.features.get(feature.name, "")) if is_unknown else ""
            for row, is_unknown in zip(table.logged, rest.tolist(), strict=True)
        ],
        dtype=object,
    )
    for string, count in Counter(strings[rest].tolist()).most_common(_MOST_UNKNOWN):
        if count >= LEAST_NAMED_ROWS:
            mask = rest & (strings == string)
            rest &= ~mask
            yield _kind(feature, string, count, is_unknown=True), mask
    if (count := int(rest.sum())) >= LEAST_NAMED_ROWS:
        yield _kind(feature, RARE, count), rest.copy()


def _kind(feature: Feature, value: str, rows: int, *, is_unknown: bool = False) -> RowKind:
    return RowKind(
        column=to_printable(shorten(feature.name)),
        value=to_printable(shorten(value)),
        rows=rows,
        is_unknown=is_unknown,
    )
