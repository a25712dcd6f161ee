"""Rows that were chosen for counting, and their counting in bins."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from predictor.live.hour_tally import VersionTally
from shared.inference.servable import AnyRows, Predictions

Block: TypeAlias = tuple[AnyRows, npt.NDArray[Any], npt.NDArray[Any] | None]
"""Some rows of one call, with their predictions and probabilities."""
SampledRow: TypeAlias = tuple[VersionTally, Block, int]
"""A row until it is counted: where it counts, and its index in a block.
A plain tuple, because thousands are made in a second."""
_MOST_UNUSED = 4
"""A small call is copied as a whole if at least one of this many rows was chosen."""
_FEW = 4
"""The most rows of a call that are copied one by one."""


def take_rows(
    tally: VersionTally, rows: AnyRows, predictions: Predictions, places: Sequence[int]
) -> list[SampledRow]:
    """Copy the rows at *places*: a view would keep the whole request in memory.

    A list of indices takes several times longer than slices.
    """
    block: Block = (rows, predictions.values, predictions.probabilities)
    if len(rows) <= _MOST_UNUSED * len(places):
        copied = _copy(block, slice(None))
        return [(tally, copied, at) for at in places]
    if len(places) <= _FEW:
        return [(tally, _copy(block, slice(at, at + 1)), 0) for at in places]
    copied = _copy(block, places)
    return [(tally, copied, at) for at in range(len(places))]


def _copy(block: Block, places: slice | Sequence[int]) -> Block:
    rows, values, probabilities = block
    chances = None if probabilities is None else probabilities[places].copy()
    return rows[places].copy(), values[places].copy(), chances


def count_in_bins(rows: Iterable[SampledRow]) -> None:
    """Count *rows* in the bins of their versions."""
    for tally, group in groupby(rows, itemgetter(0)):
        chosen = [(block, at) for _, block, at in group]
        found = [block[2][at] for block, at in chosen if block[2] is not None]
        predictions = Predictions(
            np.array([block[1][at] for block, at in chosen]), np.stack(found) if found else None
        )
        matrix = np.stack([block[0][at] for block, at in chosen])
        tally.add_rows(tally.counted.bins.count(matrix, predictions))
