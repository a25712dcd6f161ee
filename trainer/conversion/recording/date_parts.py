"""Record the parts of dates: `pd.to_datetime(days, unit="D").dt.month` and others.

Days are counted from 1970-01-01. The calendar is computed by whole numbers in float64.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from trainer.conversion.expressions.expression import Node
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.proxy import Proxy, require_none
from trainer.conversion.recording.series_proxy import Series
from trainer.conversion.recording.times import DAY, NANOSECONDS, Times

_EPOCH = pd.Timestamp(0)
_YEARS_400, _YEARS_100, _YEARS_4 = 146_097.0, 36_524.0, 1_460.0
"""Days of 400, 100 and 4 years."""
_FIRST_OF_MARCH = 719_468.0
"""The day 0 minus 0000-03-01, with which the years of this computation begin."""


class _Moments(Proxy):
    """Represents a Series of times or durations."""

    _replaced = pd.Series
    _what: str

    def __init__(self, times: Times) -> None:
        self._times = times

    def __array_ufunc__(self, ufunc: np.ufunc, *_: Any, **__: Any) -> NoReturn:
        """Refuse arithmetic."""
        raise UnrecordedError(f"`{ufunc.__name__}` of {self._what} (the number of days takes it)")


class Dates(_Moments):
    """Represents a Series of times."""

    _what = "dates"

    @property
    def dt(self) -> "Dates":
        """The parts."""
        return self

    def __getattr__(self, name: str) -> Any:
        """Return a part."""
        part = _PARTS.get(name)
        if part is None:
            raise UnrecordedError(f"`.dt.{name}`")
        return part(self._times).rename(self._times.name)


class Durations(_Moments):
    """Represents a Series of durations, which become times from 1970-01-01 on."""

    _what = "durations"

    def __radd__(self, other: Any) -> Dates:
        """Return the times after 1970-01-01."""
        if not isinstance(other, pd.Timestamp) or other.tz is not None or other != _EPOCH:
            raise UnrecordedError("`pd.to_timedelta` plus another value than 1970-01-01")
        return Dates(self._times)

    __add__ = __radd__

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse the parts of durations."""
        raise UnrecordedError(f"`{name}` of `pd.to_timedelta` (the number itself takes it)")


class DateFunctions:
    """Records the functions of pandas that make times of numbers."""

    def __init__(self) -> None:
        self.refused = list[Node]()
        """Whether a function raised an error for a row."""

    def to_datetime(
        self, values: Any, errors: Any = "raise", unit: Any = None, utc: Any = None, **more: Any
    ) -> Dates:
        """Record `pd.to_datetime` of numbers."""
        require_none("pd.to_datetime", **more)
        if utc:
            raise UnrecordedError("`pd.to_datetime` with the argument `utc`")
        return Dates(self._count("pd.to_datetime", values, unit, errors))

    def to_timedelta(self, values: Any, unit: Any = None, errors: Any = "raise") -> Durations:
        """Record `pd.to_timedelta` of numbers."""
        return Durations(self._count("pd.to_timedelta", values, unit, errors))

    def _count(self, what: str, values: Any, unit: Any, errors: Any) -> Times:
        if type(values) is not Series or unit not in NANOSECONDS:
            raise UnrecordedError(
                f"`{what}` of other values than numbers with unit='D' or unit='s'"
            )
        if errors not in {"raise", "coerce"}:
            raise UnrecordedError(f"`{what}` with `errors={errors!r}`")
        times = Times(values, unit)
        if errors == "raise":
            self.refused.append(times.is_impossible)
        return times


def _year_parts(times: Times) -> tuple[Any, Any, Any]:
    """Return the year, the month from 1 and the day of the month.

    The years of the computation begin in March, so that the leap day is the last one.
    """
    days = times.days + _FIRST_OF_MARCH
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


def _year(times: Times) -> Any:
    return _year_parts(times)[0]


def _month(times: Times) -> Any:
    return _year_parts(times)[1]


def _day(times: Times) -> Any:
    return _year_parts(times)[2]


def _quarter(times: Times) -> Any:
    return np.floor((_month(times) + 2.0) / 3.0)


def _is_leap(times: Times) -> Any:
    year = _year(times)
    return (year % 4.0 == 0) & ((year % 100.0 != 0) | (year % 400.0 == 0))


def _day_of_year(times: Times) -> Any:
    year, month, day = _year_parts(times)
    before = np.floor((153.0 * ((month + 9.0) % 12.0) + 2.0) / 5.0)  # days since the 1st of March
    from_march = before + day + 59.0 + _is_leap(times)
    return (before + day - 306.0).where(month <= 2.0, from_march) + 0.0 * year  # noqa: PLR2004 - February


def _day_of_week(times: Times) -> Any:
    return (times.days + 3.0) % 7.0  # 1970-01-01 was a Thursday


def _of_day(size: float, count: float) -> Callable[[Times], Any]:
    """Return a part of the day by its size, and their number in the next larger part."""
    return lambda times: np.floor(times.nanoseconds / size) % count


_PARTS: dict[str, Callable[[Times], Any]] = {
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
    "hour": _of_day(DAY / 24, 24.0),
    "minute": _of_day(6e10, 60.0),
    "second": _of_day(1e9, 60.0),
}
