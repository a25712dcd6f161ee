"""Explain all columns of a table whose type is unclear, in one message."""

from collections.abc import Sequence

from shared.errors import DatasetError
from shared.text import quote
from trainer.dataset.columns.column_settings import ColumnSettings
from trainer.tables.columns.number_formats import FORMATS
from trainer.tables.columns.value_counts import sort_by_count
from trainer.tables.table_kinds import TableKinds

_MOST_SPELLINGS = 20
"""A longer list of missing values is not proposed."""


def require_clear(
    source: str,
    found: TableKinds,
    names: Sequence[str],
    target: str | None,
    settings: ColumnSettings,
) -> None:
    """Raise DatasetError if one of the columns *names* is unclear.

    It names all of them, their cells, and settings that decide.
    """
    columns = {name: found.unclear[name] for name in names if name in found.unclear}
    if not columns:
        return
    listed = "; ".join(
        f"{'the target ' * (name == target)}{quote(name)} ({column.reason})"
        for name, column in columns.items()
    )
    missing = {
        name: sort_by_count(column.others)
        for name, column in columns.items()
        if name != target and 0 < len(column.others) <= _MOST_SPELLINGS
    }
    formats = {n: column.formats[0].name for n, column in columns.items() if column.formats}
    kept = {
        name: "category"
        for name, column in columns.items()
        if name not in settings.types or not (column.others or column.formats)
    }
    advice = []
    if missing:
        setting = settings.with_missing(missing)
        advice.append(f"set {setting} if these are missing values")
    if formats:
        is_open = any(len(column.formats) > 1 for column in columns.values())
        other = f" (or {FORMATS[1].name!r}, if commas are decimal marks)" if is_open else ""
        advice.append(f"set {settings.with_types(formats)} to read numbers{other}")
    if kept:
        advice.append(f"set {settings.with_types(kept)} to read strings")
    if not formats or target in columns:
        advice.append("correct these cells")
    text = f"{', '.join(advice[:-1])}, or {advice[-1]}" if advice[1:] else advice[0]
    raise DatasetError(
        f"{source} has columns whose type is unclear: {listed}. {text[0].upper()}{text[1:]}."
    )
