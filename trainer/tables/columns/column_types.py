"""Classify the columns of a table by their Arrow type."""

from typing import Literal

import pyarrow as pa

ColumnType = Literal["number", "boolean", "category", "empty", "time", "other"]
"""`category`: strings. `empty`: a column without values."""
_ARROW_TYPES: tuple[tuple[ColumnType, tuple[str, ...]], ...] = (
    ("number", ("integer", "floating", "decimal")),
    ("boolean", ("boolean",)),
    ("category", ("string", "large_string", "string_view")),
    ("empty", ("null",)),
    ("time", ("temporal",)),
)


def classify_type(type_: pa.DataType) -> ColumnType:
    """Return the column type of an Arrow type; for a dictionary, that of its values."""
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    for column_type, names in _ARROW_TYPES:
        if any(getattr(pa.types, f"is_{name}")(type_) for name in names):
            return column_type
    return "other"
