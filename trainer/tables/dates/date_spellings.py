"""Recognise a column of dates or times of day from its different values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.text import join_some, quote
from trainer.tables.dates.date_text import DateText, read_date

TIMES_OF_DAY = "times of day"
_MAX_OTHERS = 10
"""Different values that are not dates in a column of dates. A column of texts has more."""
_MIN_DAYS = 3
_MIN_TIMES = 5
_MIN_LATE_DAYS = 0.2
"""Fraction of days after the twelfth. Dates such as 14.3.24 have it, and few versions."""
_LAST_MONTH = 12
_NUMBERS = re.compile(r"\d+([.-])\d+\1\d+\.?")
_PADDED = re.compile(r"(?<!\d)0\d(?!\d)")
_UNPADDED = re.compile(r"(?<!\d)\d(?!\d)")
_SEASON = re.compile(r"\d\d(\d\d)[-/](\d\d)")


@dataclass(frozen=True)
class DateColumn:
    """A column whose values are dates or times of day."""

    kind: str
    """`dates`, or TIMES_OF_DAY."""
    example: str
    others: Mapping[str, int]
    """The values that are neither, with the number of their rows."""

    def describe(self) -> str:
        """Describe the spelling, and the other values with their counts."""
        described = f"{self.kind} such as {quote(self.example)}"
        if not self.others:
            return described
        counts = sorted(self.others.items(), key=lambda item: (-item[1], item[0]))
        others = [f"{quote(value)} in {n} row{'s' * (n > 1)}" for value, n in counts]
        return f"{described}, except {join_some(others)}"


def find_dates(values: Mapping[str, int]) -> DateColumn | None:
    """Decide whether a column holds dates; *values* are its different values and their rows.

    All of the values must be dates, or most of them in a spelling that has no other meaning.
    """
    dates: dict[str, DateText] = {}
    others: dict[str, int] = {}
    for value, rows in values.items():
        found = read_date(value)
        if found is not None:
            dates[value] = found
        elif value.strip():
            others[value] = rows
            if len(others) > _MAX_OTHERS:
                return None
    if not (_is_sure(dates) if others else _is_likely(dates)) or len(others) > len(dates):
        return None
    is_date = any(date.day for date in dates.values())
    return DateColumn("dates" if is_date else TIMES_OF_DAY, next(iter(dates)), others)


def _is_sure(dates: Mapping[str, DateText]) -> bool:
    """Decide for a column that has other values too."""
    times = sum(date.day is None for date in dates.values())
    is_weak = any(date.is_weak for date in dates.values())
    return times >= _MIN_TIMES or (len(dates) - times > 1 and not is_weak)


def _is_likely(dates: Mapping[str, DateText]) -> bool:
    """Decide for a column without other values."""
    weak = {text: date.day for text, date in dates.items() if date.day and date.is_weak}
    if len(weak) < len(dates):
        return True
    if not weak or _are_seasons(weak):
        return False
    if not any(map(_NUMBERS.fullmatch, weak)):
        return True
    if {"day", "month"} <= {day.order for day in weak.values()}:
        return False
    if any(map(_PADDED.search, weak)):
        return not any(map(_UNPADDED.search, weak))
    late = sum(day.day.day > _LAST_MONTH for day in weak.values())
    return len(weak) >= _MIN_DAYS and late >= _MIN_LATE_DAYS * len(weak)


def _are_seasons(texts: Mapping[str, object]) -> bool:
    """Decide whether texts such as 2010-11 are two years, not a year and a month."""
    found = [_SEASON.fullmatch(text) for text in texts]
    return all(years and (int(years[1]) + 1) % 100 == int(years[2]) for years in found)
