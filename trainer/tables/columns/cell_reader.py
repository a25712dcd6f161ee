"""Read the cells of a column as its kind."""

import pyarrow as pa
from pyarrow import compute

from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.column_types import classify_type
from trainer.tables.columns.known_spellings import BOOLEANS


def read_cells(column: pa.Array, kind: ColumnKind, missing: frozenset[str]) -> pa.Array:
    """Return a column of numbers as float64, of booleans as bool, of categories as strings.

    *missing* are the spellings of a missing value, which becomes null. Columns of other kinds are
    returned unchanged.
    """
    if kind.type == "number" and pa.types.is_float64(column.type):
        return column
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    is_typed = classify_type(column.type) == kind.type
    if kind.type == "category":
        return remove_missing(to_strings(column), missing)
    if kind.type == "number":
        if kind.number_format is None or is_typed:
            return column.cast(pa.float64(), safe=False)
        return kind.number_format.parse(remove_missing(to_strings(column), missing))
    if kind.type == "boolean" and not is_typed:
        return _parse_booleans(remove_missing(to_strings(column), missing))
    return column


def to_strings(column: pa.Array) -> pa.Array:
    """Return any column as strings, and NaN as null."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        column = compute.if_else(compute.is_nan(column), None, column)
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def remove_missing(texts: pa.Array, missing: frozenset[str]) -> pa.Array:
    """Replace empty strings and the spellings of a missing value by null."""
    spellings = pa.array(["", *sorted(missing)], pa.string())
    is_missing = compute.is_in(compute.utf8_trim_whitespace(texts), spellings)
    return compute.if_else(is_missing, None, texts)


def _parse_booleans(texts: pa.Array) -> pa.Array:
    true = pa.array([text for text, is_true in BOOLEANS.items() if is_true])
    is_true = compute.is_in(compute.utf8_lower(compute.utf8_trim_whitespace(texts)), true)
    return compute.if_else(compute.is_null(texts), None, is_true)
