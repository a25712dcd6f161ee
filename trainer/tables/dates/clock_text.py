"""Read the clock time at the end of a text, with its time zone."""

import re
from datetime import timedelta
from typing import NamedTuple

from trainer.tables.dates.names import ZONE_HOURS

_NOON = 12
_DAY_HOURS = 24
_SIXTY = 60
_PLACE = r"(?:\[[\w/+-]+\]| (?P<place>[a-z_]+(?:/[\w+-]+)+|[a-z]{2,4}t|msk))?"
_ZONE = rf"(?: ?(?P<zone>{'|'.join(ZONE_HOURS)}))?(?: ?(?P<offset>[+-]\d\d(?::?\d\d)?))?{_PLACE}"
_HALF = r" ?[ap]\.?m\.?| uhr"
_FRACTION = r"(?:[.,](?P<fraction>\d{1,9}))?"
_CLOCK = re.compile(
    r"(?:(?P<day>.+?)(?:t|[ ,:]+(?:at |um |à |- )?))??"
    rf"(?P<hour>\d{{1,2}})(?:[:h](?P<minute>\d\d)(?::(?P<second>\d\d){_FRACTION})?)?"
    rf"(?P<half>{_HALF})?(?(minute)|(?(half)|(?!))){_ZONE}(?: \(.*\))?(?: (?P<year>\d{{4}}))?"
)
_DIGITS = re.compile(
    r"(?P<day>\d{8}|\d{4}-\d\d-\d\d)(?:t|(?=\d{6}$))"
    rf"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?{_FRACTION}{_ZONE}(?P<half>)(?P<year>)"
)
_POINTS = re.compile(
    r"(?:(?P<day>.+?)(?:[ ,]+(?:at |um )?|-))??(?P<hour>\d{1,2})\.(?P<minute>\d\d)"
    rf"(?:\.(?P<second>\d\d){_FRACTION})?(?P<half>{_HALF})?"
    rf"(?(half)|(?(day)(?(second)|(?!))|(?!))){_ZONE}(?P<year>)"
)
"""As Oracle and DB2 write it: 10.05.00 AM, and 2024-03-14-10.05.00."""


class ClockText(NamedTuple):
    """A clock time, and the text before it."""

    day: str
    """The text of the date; empty for a time of day."""
    time: timedelta
    """Since midnight in UTC; without an offset, since midnight at an unknown place."""
    zone: str
    """`UTC`, the name of a place, or empty for a time without a zone."""


def read_clock(text: str) -> ClockText | None:
    """Read a text in small letters; None if no clock time ends it."""
    found = _CLOCK.fullmatch(text) or _DIGITS.fullmatch(text) or _POINTS.fullmatch(text)
    if found is None:
        return None
    half = (found["half"] or "").replace(".", "").strip()
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if half in {"am", "pm"}:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    time = timedelta(
        hours=hour,
        minutes=minute,
        seconds=second,
        microseconds=int((found["fraction"] or "0")[:6].ljust(6, "0")),
    )
    if minute >= _SIXTY or second > _SIXTY or time > timedelta(hours=_DAY_HOURS):
        return None
    day = found["day"] or ""
    has_offset = bool(found["zone"] or found["offset"])
    if not day and (has_offset or found["place"] or found["year"]):
        return None  # a range such as 08:30-09:30
    day = f"{day} {found['year']}" if found["year"] else day
    return ClockText(day, time - _offset(found), "UTC" if has_offset else found["place"] or "")


def _offset(found: re.Match[str]) -> timedelta:
    zone = timedelta(hours=ZONE_HOURS[found["zone"]] if found["zone"] else 0)
    if not found["offset"]:
        return zone
    sign = -1 if found["offset"][0] == "-" else 1
    digits = found["offset"][1:].replace(":", "").ljust(4, "0")
    return zone + sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
