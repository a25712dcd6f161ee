"""Make rows of the data with more missing values, and with unseen categories."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Rows

_MAX_ROWS = 512
_FRACTION = 0.3
"""Fraction of the values that are replaced in each column that allows it."""


def make_gap_rows(rows: Rows, features: Sequence[Feature]) -> Rows:
    """Return at most 512 of the rows, with some values made missing and some categories unseen.

    Only nullable features become missing. With 32 rows or more, each such feature is missing in
    some row in which others are not. Equal rows give equal results. The shape is [0, features] if
    no feature may be missing or unseen.
    """
    random = np.random.default_rng(0)
    chosen = random.choice(len(rows), min(len(rows), _MAX_ROWS), replace=False)
    gaps: Rows = rows[np.sort(chosen)]
    may_be_missing = np.array([feature.nullable for feature in features])
    may_be_unseen = np.array([feature.categories is not None for feature in features])
    if not (may_be_missing | may_be_unseen).any():
        return gaps[:0]

    def choose_cells(columns: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        cells: npt.NDArray[np.bool_] = (random.random(gaps.shape) < _FRACTION) & columns
        return cells

    gaps[choose_cells(may_be_unseen)] = UNSEEN
    gaps[choose_cells(may_be_missing)] = np.nan
    return gaps
