"""Record the parts of dates: `pd.to_datetime(days, unit="D").dt.month` and others.

Days are counted from 1970-01-01. The calendar is computed by whole numbers in float64.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.proxy import Proxy, require_none
from trainer.conversion.recording.series_proxy import Series

_SECONDS = {"D": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_DAY = 86_400.0
_NANOSECONDS = 1e9
_YEARS_400, _YEARS_100, _YEARS_4 = 146_097.0, 36_524.0, 1_460.0
"""Days of 400, 100 and 4 years."""
_FIRST_OF_MARCH = 719_468.0
"""The day 0 minus 0000-03-01, with which the years of this computation begin."""
_FIRST = -(2.0**63) / _NANOSECONDS
"""The time of pandas before which there are none, in seconds."""


class Dates(Proxy):
    """Represents a Series of times. Missing and impossible times are NaN."""

    _replaced = pd.Series

    def __init__(self, seconds: Series) -> None:
        self._seconds = seconds

    @property
    def dt(self) -> "Dates":
        """The parts."""
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, *_: Any, **__: Any) -> NoReturn:
        """Refuse differences of dates."""
        raise UnrecordedError(f"`{ufunc.__name__}` of dates (the number of days takes it)")

    def __getattr__(self, name: str) -> Any:
        """Return a part."""
        part = _PARTS.get(name)
        if part is None:
            raise UnrecordedError(f"`.dt.{name}`")
        return part(self._seconds).rename(self._seconds.name)


def to_dates(
    values: Any, errors: Any = "raise", unit: Any = None, utc: Any = None, **more: Any
) -> Dates:
    """Record `pd.to_datetime` of numbers."""
    require_none("pd.to_datetime", **more)
    if type(values) is not Series or unit not in _SECONDS:
        raise UnrecordedError(
            "`pd.to_datetime` of other values than numbers with unit='D' or unit='s'"
        )
    if utc or errors not in {"raise", "coerce"}:
        raise UnrecordedError("`pd.to_datetime` with the argument `utc` or `errors='ignore'`")
    seconds = values.astype(float) * _SECONDS[unit]
    is_possible = (seconds > _FIRST) & (seconds < -_FIRST)
    return Dates(seconds.where(is_possible))


def _days(seconds: Series) -> Any:
    return np.floor(seconds / _DAY)


def _year_parts(seconds: Series) -> tuple[Any, Any, Any]:
    """Return the year, the month from 1 and the day of the month.

    The years of the computation begin in March, so that the leap day is the last one.
    """
    days = _days(seconds) + _FIRST_OF_MARCH
    era = np.floor(days / _YEARS_400)
    day = days - era * _YEARS_400
    leaps = np.floor(day / _YEARS_4) - np.floor(day / _YEARS_100) + np.floor(day / (_YEARS_400 - 1))
    year = np.floor((day - leaps) / 365.0)
    day = day - (365.0 * year + np.floor(year / 4.0) - np.floor(year / 100.0))
    month = np.floor((5.0 * day + 2.0) / 153.0)
    day_of_month = day - np.floor((153.0 * month + 2.0) / 5.0) + 1.0
    is_next_year = month >= 10.0  # noqa: PLR2004 - January
    month = month + 3.0 - is_next_year * 12.0
    return year + era * 400.0 + is_next_year, month, day_of_month


def _year(seconds: Series) -> Any:
    return _year_parts(seconds)[0]


def _month(seconds: Series) -> Any:
    return _year_parts(seconds)[1]


def _day(seconds: Series) -> Any:
    return _year_parts(seconds)[2]


def _quarter(seconds: Series) -> Any:
    return np.floor((_month(seconds) + 2.0) / 3.0)


def _is_leap(seconds: Series) -> Any:
    year = _year(seconds)
    return (year % 4.0 == 0) & ((year % 100.0 != 0) | (year % 400.0 == 0))


def _day_of_year(seconds: Series) -> Any:
    year, month, day = _year_parts(seconds)
    before = np.floor((153.0 * ((month + 9.0) % 12.0) + 2.0) / 5.0)  # days since the 1st of March
    from_march = before + day + 59.0 + _is_leap(seconds)
    return (before + day - 306.0).where(month <= 2.0, from_march) + 0.0 * year  # noqa: PLR2004 - February


def _day_of_week(seconds: Series) -> Any:
    return (_days(seconds) + 3.0) % 7.0  # 1970-01-01 was a Thursday


def _of_day(size: float, count: float) -> Callable[[Series], Any]:
    """Return a part of the day by its size in seconds, and their number in the next larger part."""
    return lambda seconds: np.floor((seconds - _days(seconds) * _DAY) / size) % count


_PARTS: dict[str, Callable[[Series], Any]] = {
    "year": _year,
    "month": _month,
    "day": _day,
    "quarter": _quarter,
    "is_leap_year": _is_leap,
    "dayofyear": _day_of_year,
    "day_of_year": _day_of_year,
    "dayofweek": _day_of_week,
    "day_of_week": _day_of_week,
    "weekday": _day_of_week,
    "hour": _of_day(3600.0, 24.0),
    "minute": _of_day(60.0, 60.0),
    "second": _of_day(1.0, 60.0),
}
