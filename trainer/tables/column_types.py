"""What a column of a table can be to a model, by the type it has there."""

from typing import Literal

import pyarrow as pa

ColumnType = Literal["number", "boolean", "category", "nothing", "time", "other"]
"""`category` are texts; `nothing` is a column without a value."""
_KINDS: tuple[tuple[ColumnType, tuple[str, ...]], ...] = (
    ("number", ("integer", "floating", "decimal")),
    ("boolean", ("boolean",)),
    ("category", ("string", "large_string", "string_view")),
    ("nothing", ("null",)),
    ("time", ("temporal",)),
)


def classify_type(type_: pa.DataType) -> ColumnType:
    """The kind of a column of *type_*; of a dictionary, what its values are."""
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    for kind, names in _KINDS:
        if any(getattr(pa.types, f"is_{name}")(type_) for name in names):
            return kind
    return "other"
