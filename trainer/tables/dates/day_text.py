"""Read a text as a day, or as a week, a month, a quarter or half a year."""

import re
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from trainer.tables.dates.names import find_month, is_weekday

DateOrder = Literal["day", "month"]
"""The first number of dates such as 03/04/2024."""

_LAST_MONTH = 12
_LONG_YEAR = 4
_PIVOT = 69
"""Two digits from here on are a year of the last century, as in POSIX."""
_YEARS = {*range(1500, 2501), 1, 9999}
"""Years of dates; databases write the first and the last one for an unknown day."""
_WEAK_YEARS = range(1900, 2101)
_NAME = r"(?P<month>[^\W\d_]{3,})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?"
_YEAR = r"'?(?P<year>\d{4}|\d\d)"
_WEEK = r"(?:w|wk|kw|cw|week|woche)\.? ?(?P<week>\d{1,2})"
_PART = "(?:q(?P<quarter>[1-4])|h(?P<half>[12]))"
_STRONG = (
    r"(?P<year>\d{4})(?P<mark>[-/:])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    r"(?P<first>\d{1,2})(?P<mark>[-/.]) ?(?P<second>\d{1,2})(?P=mark) ?(?P<year>\d{4})",
    r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d\d)",
    rf"{_DAY}[ ./-]?(?:of |de )?{_NAME}\.?(?:[ ./-]|, | de )?{_YEAR}",
    rf"{_NAME}\.?[ -]{_DAY}(?:, ?| |-)(?P<year>\d{{4}})",
    rf"(?P<year>\d{{4}})[ /-]?{_NAME}[ /-]?(?P<day>\d{{1,2}})",
    r"(?P<year>\d{4})[년年] ?(?P<month>\d{1,2})[월月] ?(?P<day>\d{1,2})[일日]",
    rf"(?P<year>\d{{4}})[ /-]?{_WEEK}(?:-?(?P<weekday>[1-7]))?",
    rf"{_WEEK}(?:,? | ?[/-] ?)(?P<year>\d{{4}})",
    r"(?P<week>\d{1,2})\. ?kw (?P<year>\d{4})",
    rf"(?P<year>\d{{4}})[ /-]?{_PART}",
    rf"{_PART}[ /-]?(?P<year>\d{{4}})",
    rf"{_NAME}\.?(?:[ ./-]|, ?| de )(?P<year>\d{{4}})",
)
"""With two digits for the year only where the rest says that it is a date."""
_WEAK = (
    r"(?P<year>\d{4})\. ?(?P<month>\d{1,2})\. ?(?P<day>\d{1,2})\.?",
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
    r"(?P<first>\d{1,2})(?P<mark>[-.])(?P<second>\d{1,2})(?P=mark)(?P<year>\d\d)",
    r"(?P<year>\d{4})[-/](?P<month>\d\d)",
    r"(?P<month>\d{1,2})[-/](?P<year>\d{4})",
    rf"{_NAME}\.?(?:-| ?')(?P<year>\d\d)",
    rf"(?:{_WEEK}|{_PART})(?:/| ?')(?P<year>\d\d)",
    r"(?P<quarter>[1-4])q(?P<year>\d{4}|\d\d)",
)
_PATTERNS = [(re.compile(pattern), pattern in _WEAK) for pattern in (*_STRONG, *_WEAK)]


class DayText(NamedTuple):
    """A day and the certainty of its reading. A longer period is its first day."""

    day: date
    order: DateOrder | Literal["", "open"]
    """The order of two numbers, if it is known; `open` if both orders are possible."""
    is_weak: bool
    """Versions, codes and fractions have this spelling too."""


@lru_cache(maxsize=4096)
def read_day(text: str, first: DateOrder = "day") -> DayText | None:
    """Read a text in small letters; None for other texts. *first* decides open orders."""
    for pattern, is_weak in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        try:
            day, order = _read_parts(found.groupdict(), first)
        except ValueError:  # 30 February, or a word that is not a month
            continue
        if day.year in (_WEAK_YEARS if is_weak else _YEARS):
            return DayText(day, order, is_weak)
    weekday, _, rest = text.partition(" ")
    return read_day(rest, first) if rest and is_weekday(weekday.rstrip(".,")) else None


def _read_parts(
    parts: dict[str, str | None], first: DateOrder
) -> tuple[date, DateOrder | Literal["", "open"]]:
    year = _read_year(parts["year"] or "")
    if week := parts.get("week"):
        return date.fromisocalendar(year, int(week), int(parts.get("weekday") or 1)), ""
    if quarter := parts.get("quarter"):
        return date(year, 3 * int(quarter) - 2, 1), ""
    if half := parts.get("half"):
        return date(year, 6 * int(half) - 5, 1), ""
    if parts.get("first") is None:
        return date(year, _read_month(parts["month"] or ""), int(parts.get("day") or 1)), ""
    numbers = int(parts["first"] or ""), int(parts["second"] or "")
    order: DateOrder | Literal["", "open"] = "open" if numbers[0] != numbers[1] else ""
    if numbers[0] > _LAST_MONTH:
        order = "day"
    elif numbers[1] > _LAST_MONTH:
        order = "month"
    day, month = numbers if (first if order == "open" else order) == "day" else numbers[::-1]
    return date(year, month, day), order


def _read_year(digits: str) -> int:
    if len(digits) == _LONG_YEAR:
        return int(digits)
    return int(digits) + (1900 if int(digits) >= _PIVOT else 2000)


def _read_month(text: str) -> int:
    month = int(text) if text.isdigit() else find_month(text)
    if month is None:
        raise ValueError(text)
    return month
