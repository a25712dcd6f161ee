"""The nearest train rows of some holdout rows, and how well their targets agree."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Task
from shared.scoring.truth import Truth
from trainer.split_checks.agreement import Agreement, measure_agreement
from trainer.split_checks.row_space import Indices, Nearness, RowSpace

Mask = npt.NDArray[np.bool_]
_BLOCK = 32
"""Rows whose nearness to all train rows is in memory at the same time."""


@dataclass(frozen=True)
class Neighbours:
    """Some rows, and for each of them its nearest train rows, the nearest one first."""

    rows: Indices
    nearest: Indices
    """Shape [rows, ranks]."""
    nearness: Nearness
    """Shape [rows, ranks]."""
    target: Truth
    """That of all rows of the space."""
    task: Task
    train: Indices

    @classmethod
    def find(
        cls, space: RowSpace, rows: Indices, train: Indices, target: Truth, task: Task, *, most: int
    ) -> "Neighbours":
        """Find the *most* nearest train rows, at most half of them."""
        most = min(most, len(train) // 2)
        blocks = [
            _find_nearest(space, rows[start : start + _BLOCK], train, most)
            for start in range(0, len(rows), _BLOCK)
        ]
        nearest, nearness = (np.concatenate(each) for each in zip(*blocks, strict=True))
        return cls(rows, nearest, nearness, target, task, train)

    @property
    def ranks(self) -> int:
        """The number of nearest rows that are known."""
        return int(self.nearest.shape[1])

    def fall(self, first: int, last: int) -> float:
        """Return by how much the nearness usually falls from one rank to another, from 0."""
        return float(np.median(self.nearness[:, first] - self.nearness[:, last]))

    def agree(self, some: Mask, first: int, last: int) -> Agreement:
        """Measure the agreement of *some* rows with those from rank *first* to before *last*."""
        theirs = self.target[self.nearest[some, first:last]]
        fitted = self.target[self.train]
        return measure_agreement(self.task, self.target[self.rows[some]], theirs, fitted)

    def pairs(self, some: Mask) -> tuple[Indices, Indices]:
        """Return *some* of the rows, and the nearest train row of each."""
        return self.rows[some], self.nearest[some, 0]

    def have_frequent_class(self, least: int) -> Mask:
        """Return which rows have a class with *least* train rows; for a regression, all."""
        if self.task == "regression":
            return np.ones(len(self.rows), dtype=bool)
        truth = self.target[self.rows].astype(np.intp)
        fitted = self.target[self.train].astype(np.intp)
        return np.isin(truth, np.flatnonzero(np.bincount(fitted) >= least))


def _find_nearest(
    space: RowSpace, rows: Indices, train: Indices, most: int
) -> tuple[Indices, Nearness]:
    """Return the *most* nearest train rows of each row, the nearest one first, and how near."""
    nearness = space.measure(rows, train)
    chosen = np.argpartition(-nearness, max(0, most - 1), axis=1)[:, :most]
    nearness = np.take_along_axis(nearness, chosen, axis=1)
    order = np.argsort(-nearness, axis=1, kind="stable")
    nearest = train[np.take_along_axis(chosen, order, axis=1)]
    return nearest, np.take_along_axis(nearness, order, axis=1)
