"""Describe each column of a table in words: kind, missing values, examples, decision."""

from collections.abc import Sequence

from shared.reports.table_report import ColumnLine
from shared.text import quote
from trainer.dataset.column_roles import ColumnRoles
from trainer.dataset.table_reading import TableReading
from trainer.problems import Problems
from trainer.table_check.examples import find_examples
from trainer.tables.columns.missing_spellings import NO_SPELLINGS
from trainer.tables.dates.date_spellings import TIMES_OF_DAY

_UNKNOWN = "-"
_KEPT = "kept for slices of the holdout by TRAINER_SLICE_COLUMNS, and not a feature"
_ALSO_KEPT = "also kept for slices of the holdout by TRAINER_SLICE_COLUMNS"
_ROLES = {"TRAINER_TARGET": "target", "TRAINER_ROW_KEY": "row key", "TRAINER_TIME": "time"}


def describe_columns(
    reading: TableReading, problems: Problems, notes: Sequence[str] = ()
) -> list[ColumnLine]:
    """Return a line for each column in the order of the file, as far as the table was read."""
    if reading.table is None:
        return []
    names = reading.table.names.normal
    readable = [name for name in names if name not in reading.table.unreadable]
    missing = reading.settings.missing if reading.settings else NO_SPELLINGS
    examples = find_examples(reading.table, readable, missing)
    messages = [str(error) for error in problems.errors]
    lines = []
    for name in names:
        decision, remark, is_problem = _decide(name, reading, messages)
        line = ColumnLine(
            name=name,
            kind=_name_kind(name, reading),
            missing=_count_missing(name, reading),
            examples=examples.get(name, ""),
            decision=decision,
            remark=remark,
            notes=tuple(note for note in notes if is_about(note, name)),
            is_problem=is_problem,
        )
        lines.append(line)
    return lines


def is_about(note: str, column: str) -> bool:
    """Say whether a note of a data set is about this column."""
    return note.startswith((f"{quote(column)} ", f"column {column!r} ", f"target {column!r} "))


def _name_kind(name: str, reading: TableReading) -> str:
    """Name the kind of a column as docs/data.md does."""
    found = reading.found
    if found is None:
        return _UNKNOWN
    if name in found.unclear:
        return "unclear"
    if name not in found.kinds:
        return _UNKNOWN
    kind = found.kinds[name]
    if kind.type == "time":
        return "time of day" if (kind.times or "").startswith(TIMES_OF_DAY) else "date"
    return {"empty": "no values", "other": "not a value"}.get(kind.type, kind.type)


def _count_missing(name: str, reading: TableReading) -> str:
    found = reading.found
    if found is None or not found.rows or name not in found.kinds.keys() | found.unclear.keys():
        return _UNKNOWN
    is_read = reading.columns is not None and name in {*reading.columns.names, *reading.missing}
    if name in found.cells:
        missing = found.rows - found.cells[name].count
    elif is_read:
        missing = reading.missing.get(name, 0)
    else:
        return _UNKNOWN
    share = 100 * missing / found.rows
    if not missing:
        return "0"
    return f"{missing} (<1%)" if share < 1 else f"{missing} ({share:.0f}%)"


def _decide(name: str, reading: TableReading, messages: Sequence[str]) -> tuple[str, str, bool]:
    """Return the decision about a column, a remark, and whether the column has a problem."""
    reason = _find_reason(name, reading)
    if reading.roles is not None:
        is_named = any(f"{name!r}" in text or f"={name} " in text for text in messages)
        if decision := _decide_role(name, reading.roles, reason, is_named=is_named):
            return decision
    if reason:
        return "problem", reason, True
    if reading.columns is None:
        return _UNKNOWN, "", False
    if name in reading.columns.by_products:
        return "left out", reading.columns.by_products[name], False
    return "feature", "", False


def _find_reason(name: str, reading: TableReading) -> str:
    """Return why a column cannot be read in its role; empty if it can."""
    if reading.table and name in reading.table.unreadable:
        return "cannot be read"
    roles = reading.roles
    if roles and name in roles.kept and name not in roles.named.values():
        return ""  # a column for slices is read as strings if its cells contradict each other
    if reading.found and name in reading.found.unclear:
        return reading.found.unclear[name].reason
    return reading.refused.get(name, "")


def _decide_role(
    name: str, roles: ColumnRoles, reason: str, *, is_named: bool
) -> tuple[str, str, bool] | None:
    """Return the same for a column that settings name; None for other columns."""
    for setting, role in _ROLES.items():
        if roles.named.get(setting) == name:
            remark = _ALSO_KEPT if name in roles.kept and not reason else reason
            return role, remark, bool(reason) or is_named
    if name in roles.kept:
        return "slices", reason or _KEPT, bool(reason) or is_named
    return ("left out", "by TRAINER_DROP", False) if name in roles.dropped else None
