"""Read the cells of a column as its kind."""

from contextlib import suppress

import pyarrow as pa
from pyarrow import compute

from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.column_types import classify_type
from trainer.tables.columns.known_spellings import BOOLEANS
from trainer.tables.columns.text_cells import normalise_cells, remove_missing, to_strings


def read_cells(column: pa.Array, kind: ColumnKind, missing: frozenset[str]) -> pa.Array:
    """Return a column of numbers as float64, of booleans as bool, of categories as strings.

    *missing* are the spellings of a missing value; in numbers and booleans it becomes null.
    Categories are not in their normal form yet. Columns of other kinds are returned unchanged.
    """
    if kind.type == "category":
        return to_strings(column)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if kind.type == "number":
        return _read_numbers(column, kind, missing)
    if kind.type == "boolean" and classify_type(column.type) != "boolean":
        return _parse_booleans(_read_strings(column, missing))
    return column


def _read_numbers(column: pa.Array, kind: ColumnKind, missing: frozenset[str]) -> pa.Array:
    if kind.number_format is None or classify_type(column.type) == "number":
        return column.cast(pa.float64(), safe=False)
    if kind.is_tidy:
        with suppress(pa.ArrowInvalid):  # blanks around a number
            return column.cast(pa.float64())
    return kind.number_format.parse(_read_strings(column, missing))


def _read_strings(column: pa.Array, missing: frozenset[str]) -> pa.Array:
    return remove_missing(normalise_cells(to_strings(column)), missing)


def _parse_booleans(texts: pa.Array) -> pa.Array:
    true = pa.array([text for text, is_true in BOOLEANS.items() if is_true])
    is_true = compute.is_in(compute.utf8_lower(texts), true)
    return compute.if_else(compute.is_null(texts), None, is_true)
