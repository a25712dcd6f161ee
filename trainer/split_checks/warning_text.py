"""Say what was found about the splits, what it means for the score, and what to do."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from shared.contract.documents import Task
from shared.text import join_some, quote
from trainer.dataset.columns.dropped_columns import format_names
from trainer.dataset.split import SHARES
from trainer.split_checks.group_columns import GroupColumn
from trainer.split_checks.near_rows import NearRows
from trainer.split_checks.pair_columns import PairColumns
from trainer.split_checks.row_order import Drift

_LITTLE = 0.05
"""A smaller gain of agreement has no effect on a score."""
_NEAREST = "pairs of a holdout row and its two nearest train rows"
_FURTHER = "pairs with train rows a little further away"


@dataclass(frozen=True)
class SplitSettings:
    """The settings that determine the split and the features."""

    row_key: str | None = None
    time: str | None = None
    dropped: tuple[str, ...] = ()

    def key(self, name: str) -> str:
        """Return the setting that makes *name* the row key."""
        return f"TRAINER_ROW_KEY={shlex.quote(name)}"

    def drop(self, name: str) -> str:
        """Return the setting that leaves out *name* too."""
        return f"TRAINER_DROP={format_names((*self.dropped, name))}"


def note_increasing(name: str, settings: SplitSettings) -> str:
    """Describe a column that grows with the number of the row."""
    time = f"If it is a time, set TRAINER_TIME={shlex.quote(name)}, which holds out the newest rows"
    drop = f"If it counts or identifies the rows, set {settings.drop(name)}"
    return (
        f"{quote(name)} grows or falls with the number of the row. A model can learn the order of "
        f"the table from it, and values of new rows are beyond all that it knows. "
        f"{drop if settings.time else f'{time}. {drop}'}"
    )


def is_question(note: str, name: str) -> bool:
    """Say whether a note questions this column already."""
    return note.startswith(f"{quote(name)} ") and "leave the column out" in note


def describe_uneven(sizes: Sequence[int], settings: SplitSettings) -> str:
    """Describe splits whose sizes are not their shares."""
    found, wanted = (
        ", ".join(f"{100 * share:.0f}" for share in shares)
        for shares in ([size / sum(sizes) for size in sizes], SHARES)
    )
    if settings.time:
        cause, remedy = "with the same time", "Choose a time with more values."
    elif settings.row_key:
        cause, remedy = "with the same key", "Choose a key with more values, or use more rows."
    else:
        cause = "with equal features"
        remedy = "If these are different cases, set TRAINER_ROW_KEY to a column that names each."
    return (
        f"Train, validation and holdout have {found} % of the rows instead of {wanted} %, because "
        f"rows {cause} are in one split. So frequent rows are missing from some splits, and the "
        f"score on the holdout may be far from that on new rows. {remedy}"
    )


def describe_few(rows: int, count: int, effective: float, settings: SplitSettings) -> str:
    """Describe a holdout with few different rows."""
    if settings.row_key:
        what = f"{count} different values of TRAINER_ROW_KEY={settings.row_key}"
        remedy = "Use rows with more keys."
    else:
        what = f"{count} different combinations of features"
        remedy = (
            "Use more different rows or more features. If equal rows are different cases, set "
            "TRAINER_ROW_KEY to a column that names each."
        )
    return (
        f"The {rows} holdout rows have only {what}. So the score on the holdout may be as "
        f"uncertain as that of {max(1, round(effective))} rows. {remedy}"
    )


def describe_groups(groups: Sequence[GroupColumn], settings: SplitSettings) -> str:
    """Describe columns that name groups of rows, the clearest one in detail."""
    group = max(groups, key=lambda each: (each.is_named, each.same.value - each.others.value))
    others = [quote(each.name) for each in groups if each is not group]
    also = f" The same is true of {join_some(others)}." if others else ""
    before = f" in place of {settings.row_key}" if settings.row_key else ""
    return (
        f"{quote(group.name)} has {group.values} values in about {group.rows:.0f} rows each. "
        f"{group.same.compare(group.others, 'pairs of rows with one value', 'other pairs')}{also} "
        "So a model can look up the answer by this column, also in the holdout. If new rows have "
        "other values, the score on the holdout is too high: set "
        f"{settings.key(group.name)}{before}, which keeps all rows with one value in one split."
    )


def describe_near(
    found: NearRows, pairs: PairColumns, example: Sequence[int], settings: SplitSettings
) -> str:
    """Describe rows that are nearly equal, or belong together, and are in two splits."""
    if found.are_copies:
        such = f", such as rows {example[0]} and {example[1]} of the table" if example else ""
        what = (
            f"{len(found.pairs[0])} of {found.queries} holdout rows are much nearer to a train row "
            f"than chance explains{such}. "
            f"{found.near.compare(found.far, 'these pairs', 'pairs with the next nearest rows')}"
        )
    else:
        what = (
            f"{found.near.compare(found.far, _NEAREST, _FURTHER)} So the table probably has groups "
            "of rows, such as the visits of one patient, that are in several splits."
        )
    meaning = "The score on the holdout is probably higher than that on new rows."
    if found.near.value - found.far.value < _LITTLE:
        meaning = "The score on the holdout is less certain than its number of rows suggests."
    return f"{what} {meaning} {_advise(pairs, settings)}"


def _advise(pairs: PairColumns, settings: SplitSettings) -> str:
    if pairs.key is not None:
        return (
            f"{quote(pairs.key)} has the same value in {100 * pairs.key_share:.0f} % of these "
            f"pairs. To keep such rows in one split, set {settings.key(pairs.key)}"
        )
    if pairs.different is not None and not settings.row_key:
        return (
            f"The rows of most pairs differ only in {quote(pairs.different)}. To keep equal rows "
            f"in one split, set {settings.drop(pairs.different)}"
        )
    if settings.row_key:
        return (
            f"Rows with different values of TRAINER_ROW_KEY={settings.row_key} belong together. "
            "Choose a key that they share, or remove the copies."
        )
    return (
        "If they belong together, set TRAINER_ROW_KEY to the column that they share, such as a "
        "patient or an order. Otherwise remove the copies."
    )


def describe_drift(drift: Drift, task: Task, increasing: Sequence[str]) -> str:
    """Describe rows at the end of the table that differ from the others."""
    name = "an accuracy of" if task == "classification" else "an R² of"
    such = f" TRAINER_TIME={shlex.quote(increasing[0])}" if increasing else " TRAINER_TIME"
    what = "" if increasing else " to the column with the time"
    return (
        f"The last rows of the table differ from the first ones. The nearest of the first 60 % of "
        f"rows predict the last 20 % with {name} {drift.old:.2f}, and the nearest of all rows with "
        f"{drift.mixed:.2f}. The splits mix all rows, so the score on the holdout is probably "
        "higher than that on future rows. If the table is in the order of time, set"
        f"{such}{what}. If its order has another reason, such as a sorted column, ignore this."
    )
