"""Look at the nearest train rows of some holdout rows.

Copies of a row, or rows of one patient, are much nearer to each other than to all other rows.
The nearest of independent rows is only a little nearer than the next ones: the logarithm of the
distance grows evenly with that of the rank. So no limit of the distance is needed, and dense
tables, grids and categories pass.
"""

from dataclasses import dataclass

import numpy as np

from trainer.split_checks.agreement import Agreement
from trainer.split_checks.neighbours import Neighbours
from trainer.split_checks.row_space import Indices

_RANKS = (4, 16, 64)
"""The nearest row is compared with the rows from each of these ranks on."""
_REACH = 4
"""The largest rank of a comparison is this many times the first one."""
MOST_RANKS = _REACH * _RANKS[-1]
_GAP = 5.0
"""A nearest row of independent rows is nearer than this in less than 1 % of cases (e^-5)."""
_MIN_SLOPE = 1.0
"""The growth of the nearness for independent columns. It is larger for correlated ones."""
_MIN_SHARE = 0.08
_MIN_NEAR = 8
_AGREES = {16: 0.45, 64: 0.8}
"""The least agreement of the nearest two rows, by the first rank of the far rows."""
_DISAGREES = 0.2
"""The largest agreement of the far rows, as a share of that."""
_MOST_OF_TRAIN = 6
"""Far rows are in the nearest sixth of the train rows."""
_MIN_CHANCES = 20.0
_MAX_GROWTH = 1.7
"""The distance that has four times as many rows, as a multiple, in three or more dimensions."""


@dataclass(frozen=True)
class NearRows:
    """Holdout rows whose nearest train rows are nearer than chance explains, or agree more."""

    queries: int
    """The number of holdout rows that were looked at."""
    pairs: tuple[Indices, Indices]
    """Holdout rows with a near train row, and these train rows."""
    are_copies: bool
    """Whether the distances show it. Otherwise the targets do."""
    near: Agreement
    far: Agreement
    """The agreement with the nearest rows, and with rows that are a little further away."""


def find_near_rows(found: Neighbours, numbers: int) -> NearRows | None:
    """Judge the neighbours in a space with *numbers* columns of numbers; None if all is well."""
    return _find_gaps(found) or _find_agreement(found, numbers)


def _find_gaps(found: Neighbours) -> NearRows | None:
    best, rank = np.zeros(len(found.rows), dtype=bool), 0
    for first in _RANKS:
        last = _REACH * first
        if last > found.ranks:
            break
        slope = max(found.fall(first - 1, last - 1) / np.log(_REACH), _MIN_SLOPE)
        gaps = (found.nearness[:, 0] - found.nearness[:, first - 1]) / slope - np.log(first)
        is_near = gaps > _GAP
        if np.count_nonzero(is_near) > np.count_nonzero(best):
            best, rank = is_near, first
    if np.count_nonzero(best) < max(_MIN_NEAR, _MIN_SHARE * len(best)):
        return None
    near, far = found.agree(best, 0, 1), found.agree(best, rank, 2 * rank)
    return NearRows(len(best), found.pairs(best), are_copies=True, near=near, far=far)


def _find_agreement(found: Neighbours, numbers: int) -> NearRows | None:
    for first, least in _AGREES.items():
        if 2 * first * _MOST_OF_TRAIN > len(found.train) or not _has_room(found, first, numbers):
            continue
        some = found.have_frequent_class(_REACH * first)
        if not some.any():
            continue
        near, far = found.agree(some, 0, 2), found.agree(some, first, 2 * first)
        if near.chances < _MIN_CHANCES or near.value < least:
            continue
        if far.value <= _DISAGREES * near.value:
            return NearRows(len(some), found.pairs(some), are_copies=False, near=near, far=far)
    return None


def _has_room(found: Neighbours, first: int, numbers: int) -> bool:
    """Decide whether the rows from rank *first* on have about the same distance.

    In few dimensions, the distance grows fast. A curved target then looks like groups of rows.
    """
    last = _REACH * first
    if last > found.ranks or not numbers:
        return False
    return bool(np.exp(found.fall(first - 1, last - 1) / numbers) <= _MAX_GROWTH)
