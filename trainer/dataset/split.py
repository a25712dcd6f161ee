"""Split the rows into train, validation and holdout, by default by a hash of each row.

A row always stays in the same split: when the data grows or is shuffled, when a row is in it
twice, or when its label is corrected. New categories and the first missing value of a column move
no row either. So no earlier model was trained on a row of a later holdout.

The hash of a row (see `trainer.dataset.row_hashing`), divided by 2^64, decides: train is below
0.6, validation below 0.8, and holdout above. The hash depends on a salt, which
`trainer.splits.salt_search` chooses once for a store.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from shared.contract.documents import SplitName
from shared.inference.servable import Rows
from shared.scoring.row_hash_file import Hashes
from shared.scoring.slice_columns import SliceColumns
from shared.scoring.truth import Truth
from trainer.dataset.dataset import Dataset
from trainer.dataset.row_hashing import hash_rows

SplitIndices: TypeAlias = npt.NDArray[np.int8]
"""Shape [n]: the split of each row, as its index in SPLITS."""

SPLITS: tuple[SplitName, ...] = ("train", "validation", "holdout")
TRAIN_FRACTION = 0.6
VALIDATION_FRACTION = 0.2
BOUNDS = (TRAIN_FRACTION, TRAIN_FRACTION + VALIDATION_FRACTION)
"""The fractions at which validation and holdout begin."""
SHARES = (TRAIN_FRACTION, VALIDATION_FRACTION, 1 - TRAIN_FRACTION - VALIDATION_FRACTION)


@dataclass(frozen=True)
class SplitRule:
    """The salt of the hashes, and the rows that were moved."""

    salt: str = ""
    moved: Mapping[int, int] = field(default_factory=dict)
    """The rows that are in another split than the hash with *salt* gives: the index of their split,
    by their hash without a salt."""


@dataclass(frozen=True)
class Split:
    """Some of the rows, with their targets."""

    rows: Rows
    target: Truth
    times: npt.NDArray[np.float64] | None = None
    """The times of the rows, if the data set is split by time."""
    kept: SliceColumns | None = None
    """The columns for slices, if the trainer keeps any."""

    def __post_init__(self) -> None:
        """Make the rows read-only, so that no estimator can change them for the next one.

        The flag of an array is not enough: for a table, scikit-learn sets it back.
        """
        read_only = np.asarray(self.rows.data.toreadonly())
        object.__setattr__(self, "rows", read_only)

    def __reduce__(self) -> tuple[type["Split"], tuple[object, ...]]:
        """Pickle the arrays, so that the rows of the copy are read-only too."""
        return Split, (self.rows, self.target, self.times, self.kept)


@dataclass(frozen=True)
class Splits:
    """All rows: train fits the models, validation chooses one, the holdout judges it."""

    train: Split
    validation: Split
    holdout: Split
    train_and_validation: Split | None = None
    """Both in one, as a view of the same rows; None if they are not adjacent in memory."""
    places: npt.NDArray[np.intp] | None = field(default=None, kw_only=True)
    """The place in the table, from 0, of each row of train, validation and holdout in this order;
    None if the rows have no order."""

    @property
    def targets(self) -> Truth:
        """The targets of all rows."""
        return np.concatenate([split.target for split in self.by_name().values()])

    def join_fitted(self) -> Split:
        """Return train and validation as one, in this order; copy them only if necessary."""
        if self.train_and_validation is not None:
            return self.train_and_validation
        parts = (self.train, self.validation)
        return Split(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.target for part in parts]),
        )

    def by_name(self) -> dict[str, Split]:
        """Return the splits by their names in manifests and messages."""
        return dict(zip(SPLITS, (self.train, self.validation, self.holdout), strict=True))


def split_dataset(dataset: Dataset, salt: str) -> Splits:
    """Split all rows by their hashes with *salt*, about 60/20/20, as `sort_into_splits` does."""
    return sort_into_splits(dataset, choose_splits(hash_rows(dataset, salt)))


def choose_splits(hashes: Hashes) -> SplitIndices:
    """Return the split of each hash."""
    return np.searchsorted(BOUNDS, hashes / 2.0**64, "right").astype(np.int8)


def sort_into_splits(dataset: Dataset, split_indices: SplitIndices) -> Splits:
    """Sort the rows of *dataset* by split, in place, and return the splits.

    The splits are views of the rows, because two copies of a large table do not fit into memory.
    """
    order = np.argsort(split_indices, kind="stable")
    times = dataset.times.values if dataset.times is not None else None
    kept = dataset.kept
    columns = () if kept is None else kept.rows.T
    for values in (*dataset.rows.T, dataset.target, dataset.keys, times, *columns):
        if values is not None:
            values[:] = values[order]
    ends = np.cumsum(np.bincount(split_indices, minlength=len(SPLITS)))
    parts = [slice(start, end) for start, end in zip((0, *ends), ends, strict=False)]
    parts.append(slice(0, ends[1]))
    return Splits(
        *(
            Split(
                dataset.rows[part],
                dataset.target[part],
                None if times is None else times[part],
                None if kept is None else kept.select(part),
            )
            for part in parts
        ),
        places=order,
    )
