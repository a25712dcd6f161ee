"""Choose the salt of the split: the one that is set, the recorded one, or the first that works."""

from dataclasses import dataclass

import numpy as np

from shared.errors import DatasetError
from trainer.dataset.dataset import Dataset
from trainer.dataset.distinct_rows import DistinctRows
from trainer.dataset.salt_search import SaltSearch, find_salt
from trainer.dataset.split import SPLITS, SplitIndices, Splits, sort_into_splits

_MAX_CLASSES_NAMED = 5


@dataclass(frozen=True)
class SaltChoice:
    """The settings and the record that determine the salt."""

    setting: str = ""
    """TRAINER_SPLIT_SALT; empty if it is not set."""
    recorded: str | None = None
    """The salt of the model in production; None if there is none on the same data."""
    row_key: str | None = None
    new_holdout: bool = False
    """Whether a person allows that the holdout changes."""


def split_by_hash(dataset: Dataset, choice: SaltChoice) -> tuple[Splits, str]:
    """Split all rows with the salt of `choose_salt`, as `sort_into_splits` does; return both."""
    rows = DistinctRows.find(dataset)
    salt = choose_salt(rows, choice)
    return sort_into_splits(dataset, rows.spread(rows.split(salt))), salt


def choose_salt(rows: DistinctRows, choice: SaltChoice) -> str:
    """Return the salt; raise DatasetError with a salt that works, or the reason why none does."""
    _require_enough_rows(rows, choice)
    setting = choice.setting or choice.recorded
    if setting is not None:
        fault = _find_fault(rows, rows.split(setting))
        if not fault:
            return setting
        if choice.setting:
            found = _require_found(rows, find_salt(rows), choice)
            raise DatasetError(
                f"TRAINER_SPLIT_SALT={setting} cannot be used: {fault} "
                f"{_describe_setting(found)} works."
            )
        if not choice.new_holdout:
            found = _require_found(rows, find_salt(rows), choice)
            raise DatasetError(
                f"The split of the model in production (salt {setting!r}) cannot be used: {fault} "
                "Use more such rows. Or train with TRAINER_NEW_HOLDOUT=true: the rows are then "
                f"split with the salt {found!r}, and the gatekeeper compares both models on the "
                "rows of the new holdout that the model in production was not trained on."
            )
    return _require_found(rows, find_salt(rows), choice)


def _describe_setting(salt: str) -> str:
    return f"TRAINER_SPLIT_SALT={salt}" if salt else "The split without TRAINER_SPLIT_SALT"


def _find_fault(rows: DistinctRows, splits: SplitIndices) -> str:
    """Return what a split lacks, as a sentence; empty if it can be used."""
    lacking = next(rows.missing_values(splits), None)
    if lacking is None:
        return ""
    split, label = lacking
    count = int(rows.counts[splits == split].sum())
    schema = rows.dataset.schema
    what = "two rows with different targets"
    if schema.task == "classification":
        what = f"row of class {schema.classes[label]!r}"
    return f"the {SPLITS[split]} split ({count} rows) has no {what}."


def _require_enough_rows(rows: DistinctRows, choice: SaltChoice) -> None:
    """Require what every salt needs: each class in three different rows."""
    dataset, needed = rows.dataset, len(SPLITS)
    if dataset.schema.task == "regression":
        if rows.most_splits < needed:
            raise DatasetError(
                f"Each of {', '.join(SPLITS)} needs two rows with different targets, but the "
                f"{len(rows.inverse)} rows have only {_count_different(len(rows.hashes), choice)}. "
                f"{_advise(choice)}"
            )
        return
    classes = dataset.schema.classes
    counts = np.bincount(dataset.target, minlength=len(classes)).tolist()
    label, count = min(zip(classes, counts, strict=True), key=lambda pair: pair[1])
    if count < needed:
        raise DatasetError(
            f"Class {label!r} has {count} of {len(dataset.target)} rows, but needs one in each of "
            f"{', '.join(SPLITS)}. Use more rows of that class, or remove the class."
        )
    different = rows.count_of_each_class.tolist()
    label, count = min(zip(classes, different, strict=True), key=lambda pair: pair[1])
    if count < needed:
        raise DatasetError(
            f"Class {label!r} has {counts[classes.index(label)]} rows with only "
            f"{_count_different(count, choice)}, but needs one in each of {', '.join(SPLITS)}. "
            f"{_advise(choice)}"
        )


def _count_different(count: int, choice: SaltChoice) -> str:
    if choice.row_key is not None:
        return f"{count} different values of TRAINER_ROW_KEY={choice.row_key}"
    return f"{count} different combinations of features"


def _advise(choice: SaltChoice) -> str:
    if choice.row_key is not None:
        return (
            "Rows with the same key are always in one split. "
            "Set TRAINER_ROW_KEY to a column with more values."
        )
    return (
        "Equal rows are always in one split. Set TRAINER_ROW_KEY to a column that identifies "
        "each row, such as its number: it then decides the split instead of the features."
    )


def _require_found(rows: DistinctRows, found: SaltSearch, choice: SaltChoice) -> str:
    if found.salt is not None:
        return found.salt
    dataset = rows.dataset
    what = "two different targets"
    if dataset.schema.task == "classification":
        counts = rows.count_of_each_class
        rarest = np.argsort(counts, kind="stable")[:_MAX_CLASSES_NAMED]
        named = [f"{dataset.schema.classes[index]!r} {counts[index]}" for index in rarest]
        what = f"all {len(counts)} classes (different rows: {', '.join(named)})"
    raise DatasetError(
        f"None of {found.tried} splits has {what} in each of {', '.join(SPLITS)}. "
        f"Use more rows of the rarest, or leave it out. {_advise(choice)}"
    )
