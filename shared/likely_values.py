"""Guess what a user meant by a number that a setting cannot have: percent, or another unit."""

import re
from collections.abc import Callable, Iterator

_NUMBER = re.compile(r"\s*([-+]?[\d.,_]*\d(?:e[-+]?\d+)?)\s*(%|[a-z]*)\s*", re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_SIZES: dict[str, float] = {
    "b": 1,
    "kb": 2**10,
    "kib": 2**10,
    "k": 2**10,
    "mb": 2**20,
    "mib": 2**20,
    "m": 2**20,
    "gb": 2**30,
    "gib": 2**30,
    "g": 2**30,
}
_TIMES: dict[str, float] = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1,
    "sec": 1,
    "seconds": 1,
    "m": 60,
    "min": 60,
    "h": 3600,
}
_UNITS: dict[str, tuple[dict[str, float], float, tuple[float, ...]]] = {
    "_seconds": (_TIMES, 1, (1e-3,)),
    "_ms": (_TIMES, 1e-3, (1e3,)),
    "_mib": (_SIZES, 2**20, (2**-20, 2**10)),
    "_bytes": (_SIZES, 1, (2**20,)),
}
"""Ending of a setting's name: its possible units, its own unit, and factors from other units."""

_EXACT = 1e15
"""Whole numbers below it are written with all their digits."""


def find_likely_value(
    setting: str, text: str, is_allowed: Callable[[float], bool], *, is_fraction: bool
) -> float | None:
    """Return the first allowed number that the user may have meant by *text*.

    Args:
        setting: The name of the setting, whose ending tells the unit.
        text: The value that it has.
        is_allowed: Whether the setting may have a number.
        is_fraction: Whether percent can be meant.
    """
    found = (float(f"{value:.12g}") for value in _likely_values(setting, text, is_fraction))
    return next((value for value in found if is_allowed(value)), None)


def format_number(number: float) -> str:
    """Return the number as a user writes it in a setting."""
    value = float(number)
    return str(int(value)) if abs(value) < _EXACT and value.is_integer() else f"{value:.12g}"


def _likely_values(setting: str, text: str, is_fraction: bool) -> Iterator[float]:
    match = _NUMBER.fullmatch(text.replace("\N{MINUS SIGN}", "-"))
    value = _parse(match[1]) if match else None
    if match is None or value is None:
        return
    unit = match[2].lower()
    known, own, factors = next(
        (_UNITS[end] for end in _UNITS if setting.lower().endswith(end)), ({}, 1.0, ())
    )
    if unit in known:
        yield value * known[unit] / own
    elif unit == "%" or not unit:
        if not unit:
            yield value  # a decimal comma
            yield from (value * factor for factor in factors)
        if is_fraction and not known:
            yield from (value / 100, -value, -value / 100)
            if setting.lower().endswith("confidence"):  # a significance level
                yield from (1 - value, *([1 - value / 100] if value >= 1 else []))
        else:
            yield -value


def _parse(text: str) -> float | None:
    """Read a number with a decimal comma, or with commas between thousands."""
    text = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None
