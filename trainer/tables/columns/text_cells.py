"""Bring the strings of a column into their normal form, and remove missing values."""

import pyarrow as pa
from pyarrow import compute

from shared.inference.text_form import normalise_text

_MAY_CHANGE = "^ | $|  |[^ -~]"
"""Blanks where the normal form has none, and characters beyond ASCII."""


def to_strings(column: pa.Array) -> pa.Array:
    """Return any column as strings, and NaN as null."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        column = compute.if_else(compute.is_nan(column), None, column)
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def normalise_cells(texts: pa.Array) -> pa.Array:
    """Return strings in their normal form; also of a chunked array."""
    if isinstance(texts, pa.ChunkedArray):
        chunks = [normalise_cells(chunk) for chunk in texts.chunks]
        return pa.chunked_array(chunks, pa.string())
    may_change = compute.match_substring_regex(texts, _MAY_CHANGE)
    if not compute.any(may_change).as_py():
        return texts
    changed = [normalise_text(text) for text in texts.filter(may_change).to_pylist()]
    return compute.replace_with_mask(texts, may_change, pa.array(changed, pa.string()))


def remove_missing(texts: pa.Array, missing: frozenset[str]) -> pa.Array:
    """Replace empty strings and the spellings of a missing value by null."""
    is_missing = compute.is_in(texts, pa.array(["", *sorted(missing)], pa.string()))
    return compute.if_else(is_missing, None, texts)
