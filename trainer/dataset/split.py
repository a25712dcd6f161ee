"""Split the rows into train, validation and holdout by a hash of each row.

A row always stays in the same split: when the data grows or is shuffled, when a row is in it
twice, or when its label is corrected. New categories and the first missing value of a column move
no row either. So no earlier model was trained on a row of a later holdout.

The hash of a row (see `trainer.dataset.row_hashing`), divided by 2^64, decides: train is below
0.6, validation below 0.8, and holdout above.
"""

from dataclasses import dataclass

import numpy as np

from shared.errors import DatasetError
from shared.inference.servable import Rows
from shared.scoring.scorers import Truth
from trainer.dataset.dataset import Dataset
from trainer.dataset.row_hashing import hash_rows

TRAIN_FRACTION = 0.6
VALIDATION_FRACTION = 0.2
_SPLITS = ("train", "validation", "holdout")
_MIN_ROWS = 2
"""Rows that a regression needs in each split: r2 of one row is not defined."""


@dataclass(frozen=True)
class Split:
    """Some of the rows, with their targets."""

    rows: Rows
    target: Truth

    def __post_init__(self) -> None:
        """Make the rows read-only, so that no estimator can change them for the next one."""
        self.rows.flags.writeable = False


@dataclass(frozen=True)
class Splits:
    """All rows: train fits the models, validation chooses one, the holdout judges it."""

    train: Split
    validation: Split
    holdout: Split

    def by_name(self) -> dict[str, Split]:
        """Return the splits by their names in manifests and messages."""
        return dict(zip(_SPLITS, (self.train, self.validation, self.holdout), strict=True))


def split_dataset(dataset: Dataset, salt: str) -> Splits:
    """Split all rows, about 60/20/20.

    This sorts the rows of *dataset* by split, in place. The splits are views of them, because two
    copies of a large table do not fit into memory.
    Raises DatasetError if a split lacks a class, or for a regression has fewer than two rows.
    """
    fractions = hash_rows(dataset, salt) / 2.0**64
    bounds = (TRAIN_FRACTION, TRAIN_FRACTION + VALIDATION_FRACTION)
    split_indices = np.searchsorted(bounds, fractions, "right")
    order = np.argsort(split_indices, kind="stable")
    for values in (*dataset.rows.T, dataset.target, dataset.keys):
        if values is not None:
            values[:] = values[order]
    ends = np.cumsum(np.bincount(split_indices, minlength=len(_SPLITS)))
    splits = Splits(
        *(
            Split(dataset.rows[start:end], dataset.target[start:end])
            for start, end in zip((0, *ends), ends, strict=False)
        )
    )
    if dataset.schema.task == "classification":
        _require_enough_of_each_class(dataset)
    for name, split in splits.by_name().items():
        if dataset.schema.task == "classification":
            _require_every_class(name, split, dataset.schema.classes)
        elif len(split.target) < _MIN_ROWS:
            raise DatasetError(
                f"The {name} split has {len(split.target)} rows, but needs at least {_MIN_ROWS}. "
                "Use more rows, or set TRAINER_SPLIT_SALT to another string for another split."
            )
    return splits


def _require_enough_of_each_class(dataset: Dataset) -> None:
    """Require a row for each split: with fewer rows, no other salt would help."""
    classes = dataset.schema.classes
    counts = np.bincount(dataset.target, minlength=len(classes)).tolist()
    label, count = min(zip(classes, counts, strict=True), key=lambda pair: pair[1])
    if count < len(_SPLITS):
        raise DatasetError(
            f"Class {label!r} has {count} of {len(dataset.target)} rows, but needs one in each of "
            f"{', '.join(_SPLITS)}. Use more rows of that class, or remove the class."
        )


def _require_every_class(name: str, split: Split, classes: tuple[str, ...]) -> None:
    counts = np.bincount(split.target, minlength=len(classes))
    missing = [label for label, count in zip(classes, counts, strict=True) if not count]
    if missing:
        raise DatasetError(
            f"The {name} split ({len(split.target)} rows) has no row of class {missing[0]!r}. "
            "Set TRAINER_SPLIT_SALT to another string for another split, or use more rows of "
            "that class."
        )
