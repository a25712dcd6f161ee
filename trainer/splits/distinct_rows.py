"""The different rows of a data set, and what they allow a split to have.

Equal rows, or rows with the same key, have one hash. So they are always in the same split, and a
class needs three different rows to be in all three splits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shared.scoring.row_hash_file import Hashes
from shared.scoring.row_hashing import hash_contents
from trainer.dataset.dataset import Dataset
from trainer.dataset.row_hashing import begin_hash, hash_rows, iterate_contents
from trainer.dataset.split import SPLITS, SplitIndices, SplitRule, choose_splits

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class DistinctRows:
    """One row of the data set for each different row."""

    dataset: Dataset
    hashes: Hashes
    """Shape [d]: the hash of each different row, without a salt."""
    indices: Indices
    """Shape [d]: one row of the data set for each of them."""
    inverse: Indices
    """Shape [n]: the different row of each row."""
    counts: Indices
    """Shape [d]: the number of rows that are equal to it."""

    @classmethod
    def find(cls, dataset: Dataset) -> "DistinctRows":
        """Find the different rows, which must not be sorted afterwards."""
        found = np.unique(
            hash_rows(dataset, ""), return_index=True, return_inverse=True, return_counts=True
        )
        return cls(dataset, *found)

    def split(self, rule: SplitRule) -> SplitIndices:
        """Return the split of each different row."""
        hashes = self.hashes
        if rule.salt:
            contents = iterate_contents(self.dataset, self.indices)
            hashes = hash_contents(begin_hash(self.dataset, rule.salt), contents)
        splits = choose_splits(hashes)
        for moved, split in rule.moved.items():
            splits[self.hashes == np.uint64(moved)] = split
        return splits

    def spread(self, splits: SplitIndices) -> SplitIndices:
        """Return the split of every row from the *splits* of the different rows."""
        return splits[self.inverse]

    def shares(self, splits: SplitIndices) -> npt.NDArray[np.float64]:
        """Return the fraction of all rows that is in each split."""
        return np.bincount(splits, self.counts / len(self.inverse), len(SPLITS)).astype(np.float64)

    def missing_values(self, splits: SplitIndices) -> Iterator[tuple[int, int]]:
        """Yield each split that cannot be used, with the class that it lacks.

        Both are indices. A regression lacks no class but a second target, which is written as 0.
        """
        if self.dataset.schema.task == "regression":
            low, high = self._target_ranges
            for split in range(len(SPLITS)):
                is_here = splits == split
                if not is_here.any() or low[is_here].min() == high[is_here].max():
                    yield split, 0
            return
        rows, classes = self.rows_of_classes
        is_present = np.zeros((len(SPLITS), len(self.dataset.schema.classes)), dtype=bool)
        is_present[splits[rows], classes] = True
        yield from zip(*map(np.ndarray.tolist, np.nonzero(~is_present)), strict=True)

    @cached_property
    def rows_of_classes(self) -> tuple[Indices, Indices]:
        """Every different row with each class that it has: two arrays of indices, sorted by row.

        For a regression, a class is one number.
        """
        target = self.dataset.target
        if self.dataset.schema.task == "regression":
            target = np.unique(target, return_inverse=True)[1]
        width = int(target.max()) + 1
        pairs = np.unique(self.inverse * width + target)
        return pairs // width, pairs % width

    @cached_property
    def groups(self) -> list[Indices]:
        """Groups of different rows, by size: each split needs a row of each group.

        For classes these are the rows of each class. For a regression they are all rows with
        another target than the most frequent one.
        """
        rows, classes = self.rows_of_classes
        if self.dataset.schema.task == "regression":
            groups = [np.unique(rows[classes != np.bincount(classes).argmax()])]
        else:
            groups = [rows[classes == label] for label in range(len(self.dataset.schema.classes))]
        return sorted(groups, key=len)

    @cached_property
    def count_of_each_class(self) -> Indices:
        """The number of different rows of each class."""
        classes = self.rows_of_classes[1]
        return np.bincount(classes, minlength=len(self.dataset.schema.classes))

    @cached_property
    def most_splits(self) -> int:
        """The largest number of splits that a regression can fill with two targets each."""
        low, high = self._target_ranges
        has_two = low != high
        counts = np.unique(low[~has_two], return_counts=True)[1]
        others, most = counts.sum(), counts.max(initial=0)
        return int(has_two.sum() + min(others // 2, others - most))

    @cached_property
    def _target_ranges(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The lowest and the highest target of each different row."""
        low = np.full(len(self.hashes), np.inf)
        high = -low
        np.minimum.at(low, self.inverse, self.dataset.target)
        np.maximum.at(high, self.inverse, self.dataset.target)
        return low, high
