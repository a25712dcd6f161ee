"""Explain pairs of near rows by their columns: one that they share, one in which they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.split_checks.row_space import Indices, RowSpace

_SHARED = 0.9
_BY_CHANCE = 0.1
"""A key is equal in this share of the pairs, and in at most this share of all rows."""
_DIFFERENT, _EQUAL = 0.2, 0.05
"""Limits of the share of rows that are nearer, for the column that differs and for the others."""


@dataclass(frozen=True)
class PairColumns:
    """The columns that explain pairs of near rows."""

    key: str | None
    """A column with the same value in nearly all pairs, and in few other rows."""
    key_share: float
    """The share of the pairs in which it has the same value."""
    different: str | None
    """The only column in which the rows of most pairs differ."""


def describe_pairs(
    space: RowSpace, pairs: tuple[Indices, Indices], names: Sequence[str]
) -> PairColumns:
    """Compare the columns *names* of both rows of each pair."""
    some, others = pairs
    shares = np.median(space.shares(some, others), axis=0)
    equal = space.are_equal(some, others).mean(axis=0)
    by_chance = np.array([2 * float(ties[some].mean()) for ties in space.ties])
    different = np.flatnonzero(shares >= _DIFFERENT)
    is_only = len(different) == 1 and len(names) > 1
    if is_only and np.delete(shares, different).max() > _EQUAL:
        is_only = False
    is_key = (equal >= _SHARED) & (by_chance <= _BY_CHANCE)
    is_copy = is_key.sum() > 1 and (is_key.sum() >= len(names) - 1)
    keys: list[int] = [] if is_copy else np.flatnonzero(is_key).tolist()
    best = max(keys, key=lambda column: (equal[column], -by_chance[column]), default=None)
    return PairColumns(
        key=None if best is None else names[best],
        key_share=0.0 if best is None else float(equal[best]),
        different=names[different[0]] if is_only else None,
    )
