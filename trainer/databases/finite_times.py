"""Find dates and times that no calendar has, such as infinity in PostgreSQL."""

import numpy as np
import pyarrow as pa

_FIRST, _LAST = np.datetime64("0001-01-01"), np.datetime64("9999-12-31T23:59:59")


def find_infinite(batch: pa.RecordBatch) -> int | None:
    """Return the place of the first column with a time beyond the years 1 to 9999, or None."""
    for place, column in enumerate(batch.columns):
        if not (pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)):
            continue
        unit = "D" if pa.types.is_date32(column.type) else getattr(column.type, "unit", "ms")
        if unit == "ns":  # its 64 bits end in the year 2262
            continue
        whole = pa.int32() if pa.types.is_date32(column.type) else pa.int64()
        ticks = column.drop_null().view(whole).to_numpy().astype(np.int64)
        first, last = (
            limit.astype(f"datetime64[{unit}]").astype(np.int64) for limit in (_FIRST, _LAST)
        )
        if ticks.size and (ticks.min() < first or ticks.max() > last):
            return place
    return None
