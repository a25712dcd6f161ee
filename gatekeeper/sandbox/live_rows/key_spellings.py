"""The spellings of a logged row's id that a table may have as its key.

A client and a table may write one number or one time differently. The trainer writes the keys of a
column of numbers or times in one way, and hashes these strings.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from shared.inference.text_form import normalise_text

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_PRECISIONS = ("seconds", "milliseconds", "microseconds")


def spell_key(name: str) -> set[str]:
    """Return the normal form of an id, and other spellings if it is a number or a time.

    It is not known which of these kinds a key has, so `007` may be the key `7`.
    """
    normal = normalise_text(name)
    return {normal, *_spell_number(normal), *_spell_time(normal)}


def _spell_number(text: str) -> Iterator[str]:
    if not _NUMBER.fullmatch(text):
        return
    if text.lstrip("+-").isdigit():
        yield str(int(text))
    number = Decimal(repr(float(text)))
    if number.is_finite():
        number = number.normalize()
        yield from (f"{number:f}", f"{number:e}")


def _spell_time(text: str) -> Iterator[str]:
    """Yield a time with each number of digits of its seconds that a type of times has."""
    try:
        time, zone = datetime.fromisoformat(text), ""
        if time.tzinfo is not None:
            time, zone = time.astimezone(UTC).replace(tzinfo=None), "Z"
    except (ValueError, OverflowError):
        return
    if time == datetime.combine(time, datetime.min.time()):
        yield time.date().isoformat()
    written = [time.isoformat(" ", precision) for precision in _PRECISIONS]
    yield from (each + zone for each in (*written, f"{written[-1]}000"))
