"""Which part of the data a row belongs to: decided by a hash of the row, for ever.

The data may grow, be shuffled, hold a row twice or have a label corrected: a row stays in its
part, so that no model that was ever trained has seen a row of a later holdout. New texts of a
category and the first missing value of a column move no row either.

The hash of a row (see `trainer.dataset.row_hashing`), divided by 2^64, falls below 0.6 (train),
below 0.8 (validation), or into the holdout.
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
_FEWEST_ROWS = 2
"""Of a part of a regression: r2 of one row is not defined."""


@dataclass(frozen=True)
class Split:
    """Some rows, and their classes or numbers."""

    rows: Rows
    target: Truth

    def __post_init__(self) -> None:
        """Make the rows read-only: no estimator that works in place may change the next one's."""
        self.rows.flags.writeable = False


@dataclass(frozen=True)
class Splits:
    """Train fits, validation chooses, the holdout judges."""

    train: Split
    validation: Split
    holdout: Split

    def by_name(self) -> dict[str, Split]:
        """The parts by the names they have in manifests and messages."""
        return dict(zip(_SPLITS, (self.train, self.validation, self.holdout), strict=True))


def split_dataset(dataset: Dataset, salt: str) -> Splits:
    """Split all rows, about 60/20/20.

    The rows are put in the order of their parts, which are views of them: a large table does not
    fit into memory twice. *dataset* has them in that order then.
    Raises DatasetError when a part lacks a class, or in a regression has hardly any row.
    """
    fractions = hash_rows(dataset, salt) / 2.0**64
    part_of = np.searchsorted(
        (TRAIN_FRACTION, TRAIN_FRACTION + VALIDATION_FRACTION), fractions, "right"
    )
    order = np.argsort(part_of, kind="stable")
    for values in (*dataset.rows.T, dataset.target, dataset.keys):
        if values is not None:
            values[:] = values[order]
    ends = np.cumsum(np.bincount(part_of, minlength=3))
    parts = Splits(
        *(
            Split(dataset.rows[start:end], dataset.target[start:end])
            for start, end in zip((0, *ends), ends, strict=False)
        )
    )
    if dataset.schema.task == "classification":
        _require_enough_of_each_class(dataset)
    for name, part in parts.by_name().items():
        if dataset.schema.task == "regression":
            _require_rows(name, part)
        else:
            _require_every_class(name, part, dataset.schema.classes)
    return parts


def _require_rows(name: str, part: Split) -> None:
    if len(part.target) < _FEWEST_ROWS:
        raise DatasetError(
            f"The {name} part has {len(part.target)} rows, and needs at least {_FEWEST_ROWS}. "
            "Bring more rows, or set TRAINER_SPLIT_SALT to another text to split them another way."
        )


def _require_enough_of_each_class(dataset: Dataset) -> None:
    """No salt can put a row in each part where there are fewer rows than parts."""
    classes = dataset.schema.classes
    counts = np.bincount(dataset.target, minlength=len(classes)).tolist()
    label, count = min(zip(classes, counts, strict=True), key=lambda pair: pair[1])
    if count < len(_SPLITS):
        raise DatasetError(
            f"Class {label!r} has {count} of {len(dataset.target)} rows; it needs one in each of "
            f"{', '.join(_SPLITS)}. Bring more rows of that class, or leave it out."
        )


def _require_every_class(name: str, part: Split, classes: tuple[str, ...]) -> None:
    counts = np.bincount(part.target, minlength=len(classes))
    lacking = [label for label, count in zip(classes, counts, strict=True) if not count]
    if lacking:
        raise DatasetError(
            f"The {name} part ({len(part.target)} rows) has no row of class {lacking[0]!r}. "
            "Set TRAINER_SPLIT_SALT to another text to split the rows another way, or bring more "
            "rows of that class."
        )
