"""Decide what a column of strings is: numbers, booleans, categories, times, or nothing.

The decision depends on all cells. TRAINER_TYPES overrules it. Cells that contradict each other are
not decided: a person must say what they mean.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from trainer.tables.columns.cells import MAX_VALUES, Cells
from trainer.tables.columns.column_types import ColumnType
from trainer.tables.columns.known_spellings import are_booleans, is_boolean_word, may_be_missing
from trainer.tables.columns.number_formats import (
    DECIMAL_POINT,
    FORMATS,
    NumberFormat,
    find_units,
    is_like_number,
    is_number,
)
from trainer.tables.columns.units import explain_units
from trainer.tables.columns.value_counts import describe_counts
from trainer.tables.dates.date_spellings import DateColumn, find_dates

MOST = 0.8
"""With at least this fraction of numbers, a column was probably meant as numbers."""
MIN_NUMBERS = 10
"""This many different numbers suffice to compare them with the other values."""


@dataclass(frozen=True)
class ColumnKind:
    """The kind of a column."""

    type: ColumnType
    number_format: NumberFormat | None = None
    """The format of the numbers in a column of strings."""
    is_tidy: bool = False
    """Whether Arrow can read the numbers of a CSV file by itself."""
    code: str | None = None
    """The reason why numbers are read as strings."""
    equal_numbers: tuple[str, str] | None = None
    """Two spellings of one number in a column of numbers."""
    are_whole_numbers: bool = False
    """Whether all strings of a category are whole numbers, in a file whose columns have types."""
    times: str | None = None
    """A description of times in strings."""
    is_chosen: bool = False
    """Whether TRAINER_TYPES decided."""


STRINGS = ColumnKind("category")


@dataclass(frozen=True)
class UnclearColumn:
    """A column whose cells contradict each other, or contradict TRAINER_TYPES."""

    reason: str
    others: Mapping[str, int] = field(default_factory=dict)
    """How often each cell is there that does not fit and is not a number."""
    types: tuple[str, ...] = ()
    """The types of TRAINER_TYPES that fit all cells but *others*, if one of them is needed."""
    is_misfit: bool = False
    """Whether most cells contradict TRAINER_TYPES, so the type is probably wrong."""


def decide_kind(
    cells: Cells, *, is_typed: bool = False, are_numbers: bool = False
) -> ColumnKind | UnclearColumn:
    """Decide the kind of a column of strings.

    With *is_typed*, the file says that they are strings, so they stay strings or are unclear.
    With *are_numbers*, numbers are never codes, and strings may be numbers in any file.
    """
    is_typed = is_typed and not are_numbers
    if not cells.count:
        return ColumnKind("empty")
    if dates := _find_dates(cells, is_typed=is_typed):
        return ColumnKind("time", times=dates.describe())
    code = None if are_numbers else cells.code
    if code is None and cells.numbers == cells.count:
        return _keep_strings(cells) if is_typed else _read_numbers(cells)
    if code is None and cells.values and _are_mostly_booleans(cells.values):
        return _read_booleans(cells.values, is_typed=is_typed)
    if code is None and _are_mostly_numbers(cells):
        return _explain_numbers(cells, is_typed=is_typed)
    return ColumnKind("category", code=None if is_typed else code)


def _find_dates(cells: Cells, *, is_typed: bool) -> DateColumn | None:
    if cells.values is not None:
        are_numbers = cells.numbers == cells.count and not is_typed
        return None if are_numbers else find_dates(cells.values)
    return None if cells.numbers >= (1 - MOST) * cells.count else find_dates(cells.others)


def _read_numbers(cells: Cells) -> ColumnKind:
    equal = cells.equal_numbers
    if equal and cells.has_fractions and not any(map(float, equal)):
        equal = None  # rounded measurements have 0.0 and -0.0; codes do not
    return ColumnKind("number", DECIMAL_POINT, cells.is_tidy, equal_numbers=equal)


def _keep_strings(cells: Cells) -> ColumnKind | UnclearColumn:
    """Keep strings that are numbers, unless they were probably meant as numbers."""
    if cells.has_fractions or cells.values is None:
        return UnclearColumn("strings, but all of them are numbers", types=(DECIMAL_POINT.name,))
    return ColumnKind("category", are_whole_numbers=True)


def _are_mostly_numbers(cells: Cells) -> bool:
    numbers = cells.numbers + cells.like_numbers
    missing = sum(n for text, n in cells.others.items() if may_be_missing(text))
    if not cells.numbers and not any(map(is_number, cells.others)):
        return False
    if numbers >= MOST * (cells.count - missing):
        return True
    different = MAX_VALUES if cells.values is None else len(cells.values)
    others = sum(not is_like_number(text) for text in cells.others)
    return different - others >= max(MIN_NUMBERS, MOST * different)


def _are_mostly_booleans(values: Mapping[str, int]) -> bool:
    booleans = sum(n for text, n in values.items() if is_boolean_word(text))
    missing = sum(n for text, n in values.items() if may_be_missing(text))
    is_most = booleans > 0 and booleans >= MOST * (sum(values.values()) - missing)
    return is_most or are_booleans(values)


def _read_booleans(values: Mapping[str, int], *, is_typed: bool) -> ColumnKind | UnclearColumn:
    if are_booleans(values):
        return ColumnKind("category" if is_typed else "boolean")
    others = {text: n for text, n in values.items() if not is_boolean_word(text)}
    reason = f"true and false, except {describe_counts(others)}"
    return UnclearColumn(reason, others, ("boolean",) if is_typed else ())


def _explain_numbers(cells: Cells, *, is_typed: bool) -> UnclearColumn:
    formatted = list(filter(is_number, cells.others))
    types = tuple(
        number_format.name
        for number_format in FORMATS
        if formatted and all(map(number_format.fits, formatted)) and _fits(number_format, cells)
    )
    if is_typed and not formatted:
        types = (DECIMAL_POINT.name,)
    rest = leave_out_numbers(cells.others)
    if mixed := explain_units(*_count_units(cells)):
        others = f", except {describe_counts(rest)}" if rest else ""
        return UnclearColumn(f"{mixed}{others}", rest)
    few = describe_counts(cells.others)
    reason = f"numbers{', except' if cells.numbers else ' such as'} {few}"
    return UnclearColumn(reason, rest, types)


def _count_units(cells: Cells) -> tuple[Counter[str], int]:
    """Return the rows of each unit, and the rows of numbers without one."""
    units, without = Counter[str](), cells.numbers
    for text, rows in cells.others.items():
        if found := find_units(text):
            units[found[0]] += rows
        elif is_like_number(text):
            without += rows
    return units, without


def leave_out_numbers(others: Mapping[str, int]) -> dict[str, int]:
    """Leave out the cells that are numbers."""
    return {text: n for text, n in others.items() if not is_number(text)}


def _fits(number_format: NumberFormat, cells: Cells) -> bool:
    """Say whether all plain numbers are in this format too."""
    if number_format is DECIMAL_POINT:
        return True
    if cells.values is None:
        return not cells.has_fractions
    return all(number_format.fits(text) for text in cells.values if text not in cells.others)
