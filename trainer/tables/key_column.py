"""Turn the column of TRAINER_ROW_KEY into strings, which the split hashes."""

import contextlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.errors import DatasetError
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.column_types import classify_type
from trainer.tables.string_spellings import normalise_strings

_TYPES = (pa.int64(), pa.date32(), pa.timestamp("s"), pa.timestamp("s", "UTC"), pa.float64())
"""The types of CSV cells whose spelling does not matter, such as 1.50: the string is 1.5."""


def keys_as_strings(
    column: pa.ChunkedArray,
    kind: ColumnKind | None,
    missing: frozenset[str],
    name: str,
    source: str,
) -> npt.NDArray[Any]:
    """Return the keys; raise DatasetError if one is missing or is not a single value.

    Without a *kind*, the cells contradict each other.
    """
    column = normalise_strings(column, missing)
    if column.null_count:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} is missing in {column.null_count} of {len(column)} rows of "
            f"{source}. Fill in the keys, or remove these rows."
        )
    if kind is not None and kind.type in {"number", "time"}:
        column = _join_spellings(column)
    try:
        return np.asarray(column.cast(pa.string()).to_numpy())
    except pa.ArrowException as error:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} has the type {column.type} in {source}. "
            "Choose a column of strings, numbers or times."
        ) from error


def _join_spellings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if classify_type(column.type) != "category":
        return column
    for type_ in _TYPES:
        with contextlib.suppress(pa.ArrowInvalid):
            return column.cast(type_)
    return column
