"""Measure how near rows are, with columns of all kinds on one scale.

The nearness of two values of a column is the share of rows that are at least as near. Two rows
are as near as the product of these shares is small. So a rare value in common counts more than a
frequent one, and the unit of a column does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.servable import Rows

Indices = npt.NDArray[np.intp]
Nearness = npt.NDArray[np.float32]
"""The negative logarithm of the product of the shares: larger is nearer."""

_BLOCK_ROWS = 4096
_APART = 10.0
"""The distance of different categories: more than that of any two numbers."""
_FACTORS = 4
"""Shares that are multiplied before a logarithm. A product of more might be 0 in float32."""


@dataclass(frozen=True)
class RowSpace:
    """Some rows, in a form in which they can be compared."""

    positions: tuple[Nearness, ...]
    """For each column: twice the rank of each value as a share of the rows."""
    ties: tuple[Nearness, ...]
    """For each column: half of the share of rows with the same value."""

    @classmethod
    def of(cls, rows: Rows, features: Sequence[Feature]) -> "RowSpace":
        """Place *rows*, whose columns are *features*."""
        placed = [
            _place(column, is_number=feature.type == "number")
            for column, feature in zip(rows.T, features, strict=True)
        ]
        return cls(tuple(p for p, _ in placed), tuple(t for _, t in placed))

    def measure(self, some: Indices, others: Indices) -> Nearness:
        """Return the nearness of *some* rows to *others*, shape [some, others]."""
        result = np.zeros((len(some), len(others)), dtype=np.float32)
        for start in range(0, len(others), _BLOCK_ROWS):
            block = others[start : start + _BLOCK_ROWS]
            total = result[:, start : start + len(block)]
            for first in range(0, len(self.positions), _FACTORS):
                product = self._share(first, some[:, None], block)
                for column in range(first + 1, min(first + _FACTORS, len(self.positions))):
                    product *= self._share(column, some[:, None], block)
                total -= np.log(product)
        return result

    def shares(self, some: Indices, others: Indices) -> Nearness:
        """Return the share of each column for pairs of rows, shape [pairs, columns]."""
        columns = range(len(self.positions))
        return np.stack([self._share(column, some, others) for column in columns], axis=1)

    def are_equal(self, some: Indices, others: Indices) -> npt.NDArray[np.bool_]:
        """Return whether the values of pairs of rows are equal, shape [pairs, columns]."""
        return np.stack([p[some] == p[others] for p in self.positions], axis=1)

    def _share(self, column: int, some: Indices, others: Indices) -> Nearness:
        positions, ties = self.positions[column], self.ties[column]
        share: Nearness = positions[others] - positions[some]
        np.abs(share, out=share)
        share += ties[others]
        share += ties[some]
        np.minimum(share, 1.0, out=share)
        return share


def _place(column: npt.NDArray[np.float64], *, is_number: bool) -> tuple[Nearness, Nearness]:
    values, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    positions = (2 * np.cumsum(counts) - counts) / len(column)
    if not is_number:
        positions = _APART * np.arange(1.0, len(values) + 1)
    positions[np.isnan(values)] = -_APART
    return (
        positions.astype(np.float32)[inverse],
        (counts / (2 * len(column))).astype(np.float32)[inverse],
    )
