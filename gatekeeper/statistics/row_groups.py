"""Rows that belong together: a resample draws all rows of a group, or none.

The rows of one customer are alike. If rows were drawn one by one, a model that is lucky with a few
customers would seem surely better.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from gatekeeper.statistics.poisson_weights import Weights, draw_blocks


@dataclass(frozen=True)
class RowGroups:
    """The group of each row."""

    index: npt.NDArray[np.intp]
    """Shape [rows]: the group of each row, from 0."""
    count: int
    """The number of groups."""

    @classmethod
    def find(cls, keys: npt.NDArray[Any]) -> Self | None:
        """Group rows with equal *keys*, shape [rows]; return None if all keys differ."""
        found, index = np.unique(keys, return_inverse=True)
        return cls(index, len(found)) if len(found) < len(keys) else None

    def sum(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Sum *values*, shape [rows], over each group."""
        found = np.bincount(self.index, weights=values, minlength=self.count)
        return found.astype(np.float64)

    def count_any(self, mask: npt.NDArray[np.bool_]) -> int:
        """Return the number of groups with a row where *mask*, shape [rows], is True."""
        return len(np.unique(self.index[mask]))


def draw_rows(
    rows: int, resamples: int, bits: np.random.SFC64, groups: RowGroups | None
) -> Iterator[Weights]:
    """Yield how often each row is in each resample, in blocks of limited memory."""
    if groups is None:
        yield from draw_blocks(rows, resamples, bits)
        return
    for weights in draw_blocks(groups.count, resamples, bits, width=rows):
        yield weights.take(groups.index, axis=0)
