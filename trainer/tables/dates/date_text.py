"""Read a text as a date, a time of day, or both."""

import unicodedata
from datetime import datetime, time, timedelta
from typing import NamedTuple

from trainer.tables.dates.clock_text import read_clock
from trainer.tables.dates.day_text import DateOrder, DayText, read_day


class DateText(NamedTuple):
    """The day and the time that a text names."""

    day: DayText | None
    """None for a time of day."""
    time: timedelta
    is_weak: bool
    """Versions, codes and fractions have this spelling too."""
    zone: str | None = None
    """As in a ClockText; None for a day without a time."""

    @property
    def moment(self) -> datetime:
        """The day and the time, without a time zone: in UTC if the text has one."""
        assert self.day is not None  # noqa: S101 - the caller has checked it
        return datetime.combine(self.day.day, time()) + self.time


def read_date(text: str, first: DateOrder = "day") -> DateText | None:
    """Read a text; None if it is neither a date nor a time. *first* decides open orders."""
    tidy = " ".join(unicodedata.normalize("NFC", text).lower().split())
    if not any(map(str.isdigit, tidy)):
        return None
    clock = read_clock(tidy)
    if clock is None:
        day = read_day(tidy, first)
        return DateText(day, timedelta(), day.is_weak) if day else None
    if not clock.day:
        return DateText(None, clock.time, is_weak=False, zone=clock.zone)
    day = read_day(clock.day, first)
    is_weak = day is not None and day.is_weak and tidy.isdigit()
    return DateText(day, clock.time, is_weak, clock.zone) if day else None
