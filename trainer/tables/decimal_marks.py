"""Decide whether the numbers of a CSV file have decimal points or decimal commas.

A column shows its mark by itself: 12,5 and 1.234,50 can be read in one way only. Cells such as
1,234 and 1.234 have two readings. The other columns or a person then decide.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from shared.text import join_some, quote
from trainer.tables.columns.cells import GROUPED, Cells
from trainer.tables.columns.column_kind import ColumnKind, UnclearColumn
from trainer.tables.columns.number_formats import DECIMAL_COMMA, DECIMAL_POINT, NumberFormat

_BOTH = (DECIMAL_POINT.name, DECIMAL_COMMA.name)
_BARE = re.compile(r"[-+\u2212]?[0-9.,' \u2019]+(?:[eE][+-]?[0-9]+)?")
"""A number without a currency, a percent sign or parentheses."""
_OTHER_MARKS = {DECIMAL_POINT: "marks between thousands", DECIMAL_COMMA: "decimal commas"}

Kinds = Mapping[str, ColumnKind]
Check = Callable[[Mapping[str, NumberFormat]], Mapping[str, ColumnKind | UnclearColumn]]
"""Read all cells of columns in the given formats, and return their kinds."""


@dataclass(frozen=True)
class DecimalMarks:
    """The columns whose format of numbers is decided here."""

    formats: Mapping[str, NumberFormat]
    open: Mapping[str, UnclearColumn]
    """The columns with two readings that nothing decides."""


def find_marks(
    kinds: Kinds,
    unclear: Mapping[str, UnclearColumn],
    cells: Mapping[str, Cells],
    decimal: str | None,
    separator: str | None,
) -> DecimalMarks:
    """Find the formats of columns without a type in TRAINER_TYPES.

    *decimal* is the mark that a person has chosen, and *separator* the one of the columns.
    """
    formats: dict[str, NumberFormat] = {}
    openly: dict[str, UnclearColumn] = {}
    for name, column in unclear.items():
        if column.others or not _are_bare(cells[name].others):
            continue
        if column.types == (DECIMAL_POINT.name,) or not _have_marks(cells[name].others):
            formats[name] = DECIMAL_POINT
        elif column.types == (DECIMAL_COMMA.name,):
            formats[name] = DECIMAL_COMMA
        elif column.types == _BOTH:
            openly[name] = column
    grouped = [name for name in kinds if name in cells and _has_groups(kinds[name], cells[name])]
    numbers = [name for name in kinds if name in cells and kinds[name].type == "number"]
    points = any(cells[name].shows_point for name in numbers)
    points = points or DECIMAL_POINT in formats.values()
    commas = DECIMAL_COMMA in formats.values()
    if decimal is not None:
        chosen = DECIMAL_COMMA if decimal == "," else DECIMAL_POINT
        formats |= dict.fromkeys(openly, chosen)
        if chosen is DECIMAL_COMMA:
            formats |= dict.fromkeys(grouped, chosen)
        return DecimalMarks(formats, {})
    if points and not commas:
        return DecimalMarks(formats | dict.fromkeys(openly, DECIMAL_POINT), {})
    found = {name: _explain(_first_of(cells[name].others), ",") for name in openly}
    if commas or (separator == ";" and not points):
        found |= {name: _explain(_find_group(cells[name]), ".") for name in grouped}
    return DecimalMarks(formats, found)


def note_formats(
    formats: Mapping[str, NumberFormat], cells: Mapping[str, Cells], kinds: Kinds
) -> tuple[str, ...]:
    """Return a note for each format that was found in columns of numbers, with an example."""
    notes = []
    for each, marks in _OTHER_MARKS.items():
        names = [n for n, found in formats.items() if found is each and kinds[n].type == "number"]
        if names:
            cell = _first_of(cells[names[0]].others) or _find_group(cells[names[0]])
            others = (
                f" So {'have' if names[2:] else 'has'} {join_some([*map(quote, names[1:])])}."
                if names[1:]
                else ""
            )
            number = each.parse_text(cell)
            notes.append(f"{quote(names[0])} has {marks}: {quote(cell)} is {number:.15g}.{others}")
    return tuple(notes)


def as_found(kind: ColumnKind | UnclearColumn) -> ColumnKind | UnclearColumn:
    """Return a kind as one that no person has chosen."""
    return replace(kind, is_chosen=False) if isinstance(kind, ColumnKind) else kind


def _are_bare(texts: Collection[str]) -> bool:
    return bool(texts) and all(map(_BARE.fullmatch, texts))


def _have_marks(texts: Collection[str]) -> bool:
    """Say whether one of the numbers depends on the decimal mark; 1 234 does not."""
    return any("," in text or "." in text for text in texts)


def _has_groups(kind: ColumnKind, cells: Cells) -> bool:
    """Say whether all fractions of a column could be thousands with points."""
    if kind.type != "number" or kind.is_chosen or cells.shows_point or cells.others:
        return False
    return cells.has_fractions or _find_group(cells) != ""


def _find_group(cells: Cells) -> str:
    texts = cells.values or ({cells.group: 1} if cells.group else {})
    return next((text for text in texts if re.fullmatch(GROUPED, text)), "")


def _first_of(texts: Mapping[str, int]) -> str:
    """Return the first cell with a mark."""
    return next((text for text in texts if not text.isdecimal()), "")


def _explain(cell: str, mark: str) -> UnclearColumn:
    whole, number = cell.replace(mark, ""), cell.replace(mark, ".")
    return UnclearColumn(
        f"{quote(cell)} is {number}, or {whole} with marks between thousands; for all columns, "
        """TRAINER_CSV='{"decimal": ","}' or '{"decimal": "."}' decides""",
        types=_BOTH,
    )
