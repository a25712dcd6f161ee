"""Explain all columns of a table whose type is unclear, in one message."""

import re
from collections.abc import Callable, Mapping, Sequence

from shared.errors import DatasetError
from shared.text import join_some, quote
from trainer.dataset.columns.column_settings import ColumnSettings
from trainer.tables.columns.column_kind import UnclearColumn
from trainer.tables.columns.number_formats import FORMATS
from trainer.tables.columns.value_counts import sort_by_count
from trainer.tables.table_kinds import TableKinds

_MOST_SPELLINGS = 20
"""A longer list of missing values is not proposed."""
_FEW = 30
"""A column of measurements has more different values."""


def require_clear(
    source: str,
    found: TableKinds,
    names: Sequence[str],
    target: str | None,
    settings: ColumnSettings,
    *,
    is_regression: bool,
    find_places: Callable[[Mapping[str, Mapping[str, int]]], Mapping[str, str]],
) -> None:
    """Raise DatasetError if one of the columns *names* is unclear.

    It names all of them, their cells, and settings that decide. *find_places* returns the place of
    the first of some cells of each column.
    """
    columns = {name: found.unclear[name] for name in names if name in found.unclear}
    if not columns:
        return
    places = find_places({name: column.others for name, column in columns.items()})
    listed = "; ".join(
        f"{'the target ' * (name == target)}{quote(name)} ({column.reason}{places.get(name, '')})"
        for name, column in columns.items()
    )
    advice = _advise(columns, found, target, settings, is_regression=is_regression)
    text = f"{', '.join(advice[:-1])}, or {advice[-1]}" if advice[1:] else advice[0]
    is_other_task = target in columns and columns[target].types and not is_regression
    raise DatasetError(
        f"{source} has columns whose type is unclear: {listed}. {text[0].upper()}{text[1:]}."
        f"{' To predict numbers, set METRIC=r2.' if is_other_task else ''}"
    )


def adopt_proposals(
    found: TableKinds,
    names: Sequence[str],
    target: str | None,
    settings: ColumnSettings,
    *,
    is_regression: bool,
) -> ColumnSettings:
    """Return the settings after the first way out for all unclear columns of *names*.

    Other messages write their proposals on top of these, so that a person can follow all of them.
    """
    columns = {name: found.unclear[name] for name in names if name in found.unclear}
    types = _propose_types(columns, target, is_regression=is_regression)
    settings = settings.without_types(_find_misfits(columns))
    kept = _find_kept(columns, target, settings, is_regression=is_regression)
    if first := _choose_strings(columns, kept, found):
        return settings.adding(first, {})
    return settings.adding(types, _propose_missing(columns, target))


def _find_misfits(columns: Mapping[str, UnclearColumn]) -> list[str]:
    return [name for name, column in columns.items() if column.is_misfit]


def _find_kept(
    columns: Mapping[str, UnclearColumn],
    target: str | None,
    settings: ColumnSettings,
    *,
    is_regression: bool,
) -> dict[str, str]:
    """Return the columns that can be read as strings, with this type."""
    return {
        name: "category"
        for name, column in columns.items()
        if not column.is_misfit
        and (name not in settings.types or not (column.others or column.types))
        and not (is_regression and name == target)
    }


def _choose_strings(
    columns: Mapping[str, UnclearColumn], kept: Mapping[str, str], found: TableKinds
) -> dict[str, str]:
    """Return the columns to read as strings first: of few values, if the other cells have digits.

    Cells such as 3+ are not marks of missing values. Empty if other columns may have such marks.
    """
    few = {n: type_ for n, type_ in kept.items() if 0 < len(found.cells[n].values or ()) <= _FEW}
    others = {n: c.others for n, c in columns.items() if c.others and not c.is_misfit}
    has_digits = all(re.search("[0-9]", text) for texts in others.values() for text in texts)
    return few if others and has_digits and others.keys() <= few.keys() else {}


def _propose_missing(
    columns: Mapping[str, UnclearColumn], target: str | None
) -> dict[str, list[str]]:
    return {
        name: sort_by_count(column.others)
        for name, column in columns.items()
        if name != target and not column.is_misfit and 0 < len(column.others) <= _MOST_SPELLINGS
    }


def _propose_types(
    columns: Mapping[str, UnclearColumn], target: str | None, *, is_regression: bool
) -> dict[str, str]:
    return {
        name: column.types[0]
        for name, column in columns.items()
        if column.types and (is_regression or name != target)
    }


def _advise(
    columns: Mapping[str, UnclearColumn],
    found: TableKinds,
    target: str | None,
    settings: ColumnSettings,
    *,
    is_regression: bool,
) -> list[str]:
    """Return the ways out, each one complete for all columns that it can decide."""
    missing = _propose_missing(columns, target)
    types = _propose_types(columns, target, is_regression=is_regression)
    kept = _find_kept(columns, target, settings, is_regression=is_regression)
    misfits = _find_misfits(columns)
    settings = settings.without_types(misfits)
    advice = []
    if misfits:
        rest = f"set {settings.with_types({})}" if settings.types else "remove TRAINER_TYPES"
        names = join_some([*map(quote, misfits)])
        rows = sum(sum(columns[name].others.values()) for name in misfits)
        correct = f" and correct the {rows} other cell{'s' * (rows > 1)}" if rows else ""
        advice.append(
            f"{rest}{correct} to read {names} by {'their' if misfits[1:] else 'its'} cells"
        )
    if missing or types:
        pair = [settings.with_missing(missing)] if missing else []
        pair += [settings.with_types(types)] if types else []
        aim = _describe_aim(columns, types, has_missing=bool(missing))
        advice.append(f"set {' '.join(pair)} {aim}")
    if kept:
        first = _choose_strings(columns, kept, found)
        place = len(misfits) > 0 if first else len(advice)
        advice.insert(place, f"set {settings.with_types(first or kept)} to read strings")
    if target is not None and target in columns and columns[target].others:
        advice.append("remove these rows")
    if len({*types, *misfits}) < len(columns):
        advice.append("correct these cells")
    return advice


def _describe_aim(
    columns: Mapping[str, UnclearColumn], types: Mapping[str, str], *, has_missing: bool
) -> str:
    if not types:
        return "if these are missing values"
    plurals = {"booleans" if type_ == "boolean" else "numbers" for type_ in types.values()}
    kinds = " and ".join(sorted(plurals))
    is_open = any(len(columns[name].types) > 1 for name in types)
    other = f" (or {FORMATS[1].name!r}, if commas are decimal marks)" if is_open else ""
    if has_missing:
        return f"if these are {kinds} and missing values{other}"
    return f"to read {kinds}{other}"
