"""Read the column TRAINER_TIME as a number for each row.

A column of numbers stays as it is. Dates and times become seconds since 1970 in UTC; a time
without a zone counts as UTC.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types

from shared.errors import DatasetError
from trainer.dataset.dataset import RowTimes
from trainer.tables.column_types import classify_type

_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def read_times(column: pa.ChunkedArray, name: str, source: str) -> RowTimes:
    """Return the times of all rows; raise DatasetError if one is missing or is not a time."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    type_ = column.type
    if classify_type(type_) == "number":
        values = column.cast(pa.float64(), safe=False)
        return RowTimes(name, "number", _require_finite(values, name, source))
    if pa.types.is_date(type_):
        column, type_ = column.cast(pa.timestamp("ms")), pa.timestamp("ms")
    if not pa.types.is_timestamp(type_):
        raise DatasetError(_describe_type(column, name, source))
    values = column.cast(pa.int64()).cast(pa.float64(), safe=False)
    seconds = _require_finite(values, name, source) / _PER_SECOND[type_.unit]
    return RowTimes(name, "seconds", seconds)


def _require_finite(column: pa.ChunkedArray, name: str, source: str) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = column.to_numpy().astype(np.float64)
    missing = int(np.isnan(values).sum())
    if missing:
        raise DatasetError(
            f"TRAINER_TIME={name} is missing in {missing} of {len(values)} rows of {source}. "
            "Fill in the times, or remove these rows."
        )
    if not np.isfinite(values).all():
        raise DatasetError(f"TRAINER_TIME={name} is infinite in {source}. Correct these times.")
    return values


def _describe_type(column: pa.ChunkedArray, name: str, source: str) -> str:
    known = "Choose a column of numbers, dates such as 2026-01-31, or dates with times."
    kind = classify_type(column.type)
    if kind == "category":
        value = next((value.as_py() for value in column if value.is_valid), "")
        return (
            f"TRAINER_TIME={name} holds strings such as {value!r:.40} in {source}, and not all of "
            f"them are dates. {known}"
        )
    if kind == "empty":
        return f"TRAINER_TIME={name} has no values in {source}. {known}"
    return f"TRAINER_TIME={name} has the type {column.type} in {source}. {known}"
