"""Check that the cells of a column fit the kind that TRAINER_TYPES gives it."""

from collections.abc import Mapping

from trainer.tables.columns.cells import MAX_VALUES, Cells
from trainer.tables.columns.column_kind import ColumnKind, UnclearColumn, leave_out_numbers
from trainer.tables.columns.known_spellings import BOOLEANS
from trainer.tables.columns.number_formats import DECIMAL_POINT, FORMATS
from trainer.tables.columns.units import explain_units
from trainer.tables.columns.value_counts import describe_counts


def check_chosen_kind(name: str, cells: Cells) -> ColumnKind | UnclearColumn:
    """Return the number or boolean that *name* means in TRAINER_TYPES, if all cells fit it.

    The cells of numbers were surveyed with the format of this name.
    """
    if not cells.count:
        return ColumnKind("empty")
    if name == "boolean":
        return _check_booleans(cells)
    if cells.others:
        return _contradict(name, cells.others, cells.count, _find_types(cells))
    if mixed := explain_units(cells.units, cells.numbers - sum(cells.units.values())):
        return UnclearColumn(mixed)
    is_tidy = cells.is_tidy and cells.number_format is DECIMAL_POINT
    return ColumnKind("number", cells.number_format, is_tidy, is_chosen=True)


def _check_booleans(cells: Cells) -> ColumnKind | UnclearColumn:
    if cells.values is None:
        return UnclearColumn(f"boolean by TRAINER_TYPES, but more than {MAX_VALUES} values differ")
    others = {text: n for text, n in cells.values.items() if text.lower() not in BOOLEANS}
    if others:
        return _contradict("boolean", others, cells.count)
    return ColumnKind("boolean", is_chosen=True)


def _find_types(cells: Cells) -> tuple[str, ...]:
    """Return the types of numbers that fit all cells."""
    values = cells.values or ({} if cells.has_fractions else cells.others)
    return tuple(f.name for f in FORMATS if values and all(map(f.fits, values)))


def _contradict(
    name: str, others: Mapping[str, int], count: int, types: tuple[str, ...] = ()
) -> UnclearColumn:
    """Explain which of *count* cells do not fit; if none fits, they are not missing values."""
    fits_none = sum(others.values()) == count
    reason = (
        f"{name} by TRAINER_TYPES, {'but' if fits_none else 'except'} {describe_counts(others)}"
    )
    return UnclearColumn(reason, {} if fits_none else leave_out_numbers(others), types)
