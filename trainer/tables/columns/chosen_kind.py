"""Check that the cells of a column fit the kind that TRAINER_TYPES gives it."""

from collections.abc import Mapping

from trainer.tables.columns.cells import MAX_VALUES, Cells
from trainer.tables.columns.column_kind import MOST, ColumnKind, UnclearColumn, leave_out_numbers
from trainer.tables.columns.known_spellings import BOOLEANS, may_be_missing
from trainer.tables.columns.number_formats import DECIMAL_COMMA, DECIMAL_POINT, FORMATS
from trainer.tables.columns.units import explain_units
from trainer.tables.columns.value_counts import describe_counts

_MOST_MARKS = 3
"""At most this many different cells may be marks of missing values, also if most cells are such."""
_PLURALS = {
    DECIMAL_POINT: "numbers with decimal point",
    DECIMAL_COMMA: "numbers with decimal comma",
}


def check_chosen_kind(name: str, cells: Cells) -> ColumnKind | UnclearColumn:
    """Return the number or boolean that *name* means in TRAINER_TYPES, if all cells fit it.

    The cells of numbers were surveyed with the format of this name.
    """
    if not cells.count:
        return ColumnKind("empty")
    if name == "boolean":
        return _check_booleans(cells)
    if cells.others:
        types = _find_types(cells)
        return _find_other_format(cells) or _contradict(name, cells.others, cells.count, types)
    if mixed := explain_units(cells.units, cells.numbers - sum(cells.units.values())):
        return UnclearColumn(mixed)
    is_tidy = cells.is_tidy and cells.number_format is DECIMAL_POINT
    return ColumnKind("number", cells.number_format, is_tidy, is_chosen=True)


def _check_booleans(cells: Cells) -> ColumnKind | UnclearColumn:
    if cells.values is None:
        reason = f"boolean by TRAINER_TYPES, but more than {MAX_VALUES} values differ"
        return UnclearColumn(reason, is_misfit=True)
    others = {text: n for text, n in cells.values.items() if text.lower() not in BOOLEANS}
    if others:
        return _contradict("boolean", others, cells.count)
    return ColumnKind("boolean", is_chosen=True)


def _find_types(cells: Cells) -> tuple[str, ...]:
    """Return the types of numbers that fit all cells."""
    values = cells.values or ({} if cells.has_fractions else cells.others)
    return tuple(f.name for f in FORMATS if values and all(map(f.fits, values)))


def _find_other_format(cells: Cells) -> UnclearColumn | None:
    """Explain that another format of numbers fits most cells, but not all; None if it does not."""
    texts = cells.values or cells.others
    for other in FORMATS:
        wrong = {text: rows for text, rows in texts.items() if not other.fits(text)}
        fitting = sum(texts.values()) - sum(wrong.values())
        is_most = fitting > cells.numbers and fitting >= MOST * sum(texts.values())
        is_chosen = cells.number_format in {other, None}
        if is_chosen or not is_most or (cells.values is not None and not wrong):
            continue
        assert cells.number_format is not None  # noqa: S101 - checked above
        reason = (
            f"{cells.number_format.name} by TRAINER_TYPES, but most cells are {_PLURALS[other]}"
        )
        reason += f", except {describe_counts(wrong)}" if wrong else ""
        return UnclearColumn(reason, wrong, is_misfit=True)
    return None


def _contradict(
    name: str, others: Mapping[str, int], count: int, types: tuple[str, ...] = ()
) -> UnclearColumn:
    """Explain which of *count* cells do not fit; if none fits, they are not missing values."""
    fits_none = sum(others.values()) == count
    words = {text: rows for text, rows in others.items() if not may_be_missing(text)}
    if len(words) > _MOST_MARKS and not fits_none and not types and 2 * sum(words.values()) > count:
        reason = (
            f"{name} by TRAINER_TYPES, but only {count - sum(others.values())} of {count} cells "
            f"fit; others are {describe_counts(words)}"
        )
        return UnclearColumn(reason, is_misfit=True)
    reason = (
        f"{name} by TRAINER_TYPES, {'but' if fits_none else 'except'} {describe_counts(others)}"
    )
    return UnclearColumn(reason, {} if fits_none else leave_out_numbers(others), types)
