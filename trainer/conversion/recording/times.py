"""Record the times that pandas makes of numbers: whole days and nanoseconds of the day.

pandas keeps whole numbers in microseconds or so. It rounds other numbers to nanoseconds, which
reach from 1677 to 2262. A row is computed as in a table of this row only.
"""

from functools import cache

import numpy as np
import pandas as pd

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import Node
from trainer.conversion.recording.series_proxy import Series

NANOSECONDS = {"D": 86_400_000_000_000, "h": 3_600_000_000_000, "m": 60_000_000_000, "s": 10**9}
"""The nanoseconds of each unit."""
DAY = float(NANOSECONDS["D"])
_LARGEST = 2**63 - 1
_FINER = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}
"""The nanoseconds of the units in which pandas may keep whole numbers."""


class Times:
    """The whole days since 1970-01-01 and the nanoseconds of the day; NaN if missing."""

    def __init__(self, values: Series, unit: str) -> None:
        size = NANOSECONDS[unit]
        values = values.astype(float)
        whole: Series = np.trunc(values)  # type: ignore[assignment]  # numpy asks the proxy
        fraction = (values - whole).round(len(str(size)) - 1)  # as pandas rounds it
        rest: Series = np.trunc(fraction * float(size))
        limit, largest_rest = divmod(_LARGEST, size)
        is_rounded = (whole.abs() < limit) | ((whole.abs() == limit) & (rest.abs() <= largest_rest))
        is_whole = (values == whole) & (whole.abs() <= _largest_whole(unit))
        is_possible = is_whole | ((values != whole) & is_rounded)
        self.is_impossible: Node = (~is_possible & ~values.isna()).node
        """Whether pandas has no time for a row."""
        per_day = DAY / size
        days = np.floor(whole / per_day)
        rest = (whole - days * per_day) * float(size) + rest
        more = np.floor(rest / DAY)  # the fraction may be negative, or rounded to 1
        self.days: Series = (days + more).where(is_possible)
        self.nanoseconds: Series = (rest - more * DAY).where(is_possible)
        self.name = values.name


@cache
def _largest_whole(unit: str) -> float:
    """Return the largest whole number that this release of pandas turns into a time."""
    dtype = pd.to_datetime(pd.Series([0.0]), unit=unit).dtype
    return float(_LARGEST // (NANOSECONDS[unit] // _FINER[np.datetime_data(dtype)[0]]))


def without_answer(is_refused: Node) -> Node:
    """Return NaN for a row that the function refuses, and 0 for others."""
    return ex.choose(is_refused, ex.constant(np.nan), ex.constant(0.0))
