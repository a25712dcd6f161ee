"""Read the column TRAINER_TIME as a number for each row.

A column of numbers stays as it is. Dates and times become seconds since 1970 in UTC; a time
without a zone counts as UTC.
"""

import numpy as np
import pyarrow as pa

from shared.errors import DatasetError
from trainer.dataset.dataset import RowTimes
from trainer.tables.dates.day_text import DateOrder
from trainer.tables.time_column import parse_times

_MICROSECONDS = 1e6


def read_times(
    column: pa.ChunkedArray, name: str, source: str, order: DateOrder | None = None
) -> RowTimes:
    """Return the times of all rows; raise DatasetError if one is missing or is not a time.

    *order* is that of day and month where the dates do not show it.
    """
    try:
        values, note = parse_times(column, name, order)
    except DatasetError as error:
        raise DatasetError(f"TRAINER_TIME={name} cannot order {source}. {error}") from error
    if np.issubdtype(values.dtype, np.datetime64):
        return RowTimes(name, "seconds", values.astype(np.int64) / _MICROSECONDS, note)
    if not np.isfinite(values).all():
        raise DatasetError(
            f"TRAINER_TIME={name} has infinite times in {source}. Correct these times."
        )
    return RowTimes(name, "number", values.astype(np.float64))
