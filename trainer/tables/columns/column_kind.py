"""Decide what a column of strings is: numbers, booleans, categories, times, or nothing.

The decision depends on all cells. TRAINER_TYPES overrules it. Cells that contradict each other are
not decided: a person must say what they mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.text import quote
from trainer.tables.columns.cells import MAX_VALUES, Cells
from trainer.tables.columns.column_types import ColumnType
from trainer.tables.columns.known_spellings import (
    BOOLEANS,
    are_booleans,
    are_times,
    is_boolean_word,
    may_be_missing,
)
from trainer.tables.columns.number_formats import DECIMAL_POINT, FORMATS, NumberFormat

MOST = 0.8
"""With at least this fraction of numbers, a column was probably meant as numbers."""
MIN_NUMBERS = 10
"""So many different numbers suffice to compare them with the other values."""
_SHOWN_VALUES = 5


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


@dataclass(frozen=True)
class UnclearColumn:
    """A column whose cells contradict each other, or contradict TRAINER_TYPES."""

    reason: str
    others: Mapping[str, int] = field(default_factory=dict)
    """How often each cell is there that does not fit, except for numbers in `formats`."""
    formats: tuple[NumberFormat, ...] = ()
    """The formats that fit all cells that people read as numbers, if these are not plain."""


def decide_kind(cells: Cells, *, are_numbers: bool = False) -> ColumnKind | UnclearColumn:
    """Decide the kind of a column. With *are_numbers*, numbers are never codes."""
    type_ = _find_other_type(cells)
    if type_ is not None:
        return ColumnKind(type_)
    code = None if are_numbers else cells.code
    if cells.numbers == cells.count and code is None:
        return ColumnKind("number", DECIMAL_POINT, cells.is_tidy, equal_numbers=cells.equal_numbers)
    if code is None and _are_mostly_numbers(cells):
        return _explain_numbers(cells)
    if cells.values and _are_mostly_booleans(cells.values):
        others = {text: n for text, n in cells.values.items() if not is_boolean_word(text)}
        return UnclearColumn(f"true and false, except {describe_counts(others)}", others)
    return ColumnKind("category", code=code)


def check_chosen_kind(name: str, cells: Cells) -> ColumnKind | UnclearColumn:
    """Return the kind with this *name* in TRAINER_TYPES, if all cells fit it."""
    if not cells.count:
        return ColumnKind("empty")
    others = cells.others
    if name == "boolean":
        if cells.values is None:
            return UnclearColumn(
                f"boolean by TRAINER_TYPES, with more than {MAX_VALUES} different values"
            )
        others = {text: n for text, n in cells.values.items() if text.lower() not in BOOLEANS}
    if others:
        reason = f"{name} by TRAINER_TYPES, except {describe_counts(others)}"
        return UnclearColumn(reason, others)
    if name == "boolean":
        return ColumnKind("boolean")
    return _require_one_unit(cells)


def describe_counts(counts: Mapping[str, int]) -> str:
    """List values with their numbers of rows, the most frequent first."""
    order = [(text, counts[text]) for text in sort_by_count(counts)]
    shown = [f"{quote(text, 40)} in {n} row{'s' * (n != 1)}" for text, n in order[:_SHOWN_VALUES]]
    more = len(order) - _SHOWN_VALUES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def sort_by_count(counts: Mapping[str, int]) -> list[str]:
    """Return values with their numbers of rows, the most frequent first."""
    return sorted(counts, key=lambda text: (-counts[text], text))


def _find_other_type(cells: Cells) -> ColumnType | None:
    if not cells.count:
        return "empty"
    if cells.values and are_booleans(cells.values):
        return "boolean"
    return "time" if cells.values and are_times(cells.values) else None


def _are_mostly_numbers(cells: Cells) -> bool:
    numbers = cells.numbers + cells.like_numbers
    missing = sum(n for text, n in cells.others.items() if may_be_missing(text))
    if not cells.numbers and not any(f.fits(text) for text in cells.others for f in FORMATS):
        return False
    if numbers >= MOST * (cells.count - missing):
        return True
    different = MAX_VALUES if cells.values is None else len(cells.values)
    different_numbers = different - len(cells.others)
    return different_numbers >= max(MIN_NUMBERS, MOST * different)


def _explain_numbers(cells: Cells) -> UnclearColumn:
    formatted = [text for text in cells.others if any(f.fits(text) for f in FORMATS)]
    formats = tuple(
        number_format
        for number_format in FORMATS
        if formatted and all(map(number_format.fits, formatted)) and _fits(number_format, cells)
    )
    others = cells.others
    if formats:
        others = {text: n for text, n in others.items() if text not in formatted}
    reason = f"numbers{', except' if cells.numbers else ' such as'} {describe_counts(cells.others)}"
    return UnclearColumn(reason, others, formats)


def _fits(number_format: NumberFormat, cells: Cells) -> bool:
    """Say whether all plain numbers are in this format too."""
    if number_format is DECIMAL_POINT:
        return True
    if cells.values is None:
        return not cells.has_fractions
    return all(number_format.fits(text) for text in cells.values if text not in cells.others)


def _are_mostly_booleans(values: Mapping[str, int]) -> bool:
    booleans = sum(n for text, n in values.items() if is_boolean_word(text))
    missing = sum(n for text, n in values.items() if may_be_missing(text))
    return booleans > 0 and booleans >= MOST * (sum(values.values()) - missing)


def _require_one_unit(cells: Cells) -> ColumnKind | UnclearColumn:
    units = cells.units
    without = cells.numbers - sum(units.values())
    if len(units) > 1 or ("%" in units and without):
        found = units | ({"no unit": without} if without else {})
        return UnclearColumn(f"numbers in several units: {describe_counts(found)}")
    is_tidy = cells.is_tidy and cells.number_format is DECIMAL_POINT
    return ColumnKind("number", cells.number_format, is_tidy)
