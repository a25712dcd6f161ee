"""Choose how hashes split the rows: as set, as recorded, or with the first salt that works."""

from dataclasses import dataclass, replace

import numpy as np

from shared.errors import DatasetError
from shared.text import join_some, quote
from trainer.dataset.dataset import Dataset
from trainer.dataset.split import SPLITS, SplitIndices, SplitRule, Splits, sort_into_splits
from trainer.splits.distinct_rows import DistinctRows
from trainer.splits.moved_rows import find_moves
from trainer.splits.salt_search import find_salt

_MAX_CLASSES_NAMED = 5


@dataclass(frozen=True)
class SplitChoice:
    """The settings and the record that determine the split."""

    salt: str = ""
    """TRAINER_SPLIT_SALT; empty if it is not set."""
    recorded: SplitRule | None = None
    """The rule of the model in production; None without a model on the same data."""
    row_key: str | None = None
    new_holdout: bool = False
    """Whether a person allows that the holdout changes."""


def split_by_hash(dataset: Dataset, choice: SplitChoice) -> tuple[Splits, SplitRule]:
    """Split all rows by the rule of `choose_rule`, as `sort_into_splits` does; return both."""
    rows = DistinctRows.find(dataset)
    rule = choose_rule(rows, choice)
    return sort_into_splits(dataset, rows.spread(rows.split(rule))), rule


def choose_rule(rows: DistinctRows, choice: SplitChoice) -> SplitRule:
    """Return a rule that gives every split every class.

    Raises DatasetError with a salt that works, or with the reason why none does.
    """
    _require_enough_rows(rows, choice)
    recorded = choice.recorded
    if choice.salt and (recorded is None or recorded.salt != choice.salt):
        return _require_salt(rows, choice)
    if recorded is None:
        return _find_rule(rows, choice)
    splits = rows.split(recorded)
    fault = _find_fault(rows, splits)
    moves = find_moves(rows, splits) if fault else {}
    if moves is not None:
        return replace(recorded, moved={**recorded.moved, **moves})
    found = _find_rule(rows, choice)
    if choice.new_holdout:
        return found
    how = f"with the salt {found.salt!r}" if found.salt else "without a salt"
    raise DatasetError(
        f"The split of the model in production (salt {recorded.salt!r}) cannot be used: {fault} "
        f"Use more such rows. Or train with TRAINER_NEW_HOLDOUT=true to split the rows {how}. "
        "The gatekeeper then compares both models only on holdout rows that neither was trained on."
    )


def _require_salt(rows: DistinctRows, choice: SplitChoice) -> SplitRule:
    """Return the rule with the salt that is set; raise DatasetError if it cannot be used."""
    rule = SplitRule(choice.salt)
    fault = _find_fault(rows, rows.split(rule))
    if not fault:
        return rule
    salt = find_salt(rows)
    advice = "Unset it: the trainer then finds a split."
    if salt is not None:
        advice = f"{_describe_setting(salt)} works."
    raise DatasetError(f"TRAINER_SPLIT_SALT={choice.salt} cannot be used: {fault} {advice}")


def _find_rule(rows: DistinctRows, choice: SplitChoice) -> SplitRule:
    """Return the rule with the first salt that works; without one, move rows of rare classes."""
    salt = find_salt(rows)
    if salt is not None:
        return SplitRule(salt)
    moves = find_moves(rows, rows.split(SplitRule()))
    if moves is not None:
        return SplitRule(moved=moves)
    raise DatasetError(_describe_failure(rows, choice))


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


def require_rows_of_each_class(dataset: Dataset) -> None:
    """Raise DatasetError for classes with too few rows for a split, however the rows differ."""
    classes, rows = dataset.schema.classes, len(dataset.target)
    if not classes:
        return
    counts = np.bincount(dataset.target, minlength=len(classes)).tolist()
    rare = [(n, label) for n, label in zip(counts, classes, strict=True) if n < len(SPLITS)]
    if len(rare) == 1:
        count, label = rare[0]
        raise DatasetError(
            f"Class {label!r} has {count} of {rows} rows, but needs one in each of "
            f"{', '.join(SPLITS)}. Use more rows of that class, or remove the class."
        )
    if rare:
        named = join_some([f"{quote(label)} {n}" for n, label in sorted(rare)])
        raise DatasetError(
            f"{len(rare)} classes have too few of {rows} rows ({named}), but each needs one in "
            f"each of {', '.join(SPLITS)}. Use more rows of these classes, or remove the classes."
        )


def _require_enough_rows(rows: DistinctRows, choice: SplitChoice) -> None:
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
    require_rows_of_each_class(dataset)
    classes = dataset.schema.classes
    counts = np.bincount(dataset.target, minlength=len(classes)).tolist()
    different = rows.count_of_each_class.tolist()
    label, count = min(zip(classes, different, strict=True), key=lambda pair: pair[1])
    if count < needed:
        raise DatasetError(
            f"Class {label!r} has {counts[classes.index(label)]} rows with only "
            f"{_count_different(count, choice)}, but needs one in each of {', '.join(SPLITS)}. "
            f"{_advise(choice)}"
        )


def _count_different(count: int, choice: SplitChoice) -> str:
    if choice.row_key is not None:
        return f"{count} different values of TRAINER_ROW_KEY={choice.row_key}"
    return f"{count} different combinations of features"


def _advise(choice: SplitChoice) -> str:
    if choice.row_key is not None:
        return (
            "Rows with the same key are always in one split. "
            "Set TRAINER_ROW_KEY to a column with more values."
        )
    return (
        "Equal rows are always in one split. Set TRAINER_ROW_KEY to a column that identifies "
        "each row, such as its number: it then decides the split instead of the features."
    )


def _describe_failure(rows: DistinctRows, choice: SplitChoice) -> str:
    dataset = rows.dataset
    what, remedy = "two different targets", "Use more rows with different targets."
    if dataset.schema.task == "classification":
        counts = rows.count_of_each_class
        rarest = np.argsort(counts, kind="stable")[:_MAX_CLASSES_NAMED]
        named = [f"{dataset.schema.classes[index]!r} {counts[index]}" for index in rarest]
        what = f"all {len(counts)} classes (different rows: {', '.join(named)})"
        remedy = "Use more rows of the rarest class, or leave the class out."
    return (
        f"No split was found that has {what} in each of {', '.join(SPLITS)}. "
        f"{remedy} {_advise(choice)}"
    )
