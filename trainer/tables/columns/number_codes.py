"""Recognise codes that look like numbers: their spelling says more than their number."""

import math
import re
from collections.abc import Iterable

DIGITS_TO_CHECK = "[+-]?[0-9]{16,}"
"""Whole numbers that a float64 may not hold exactly."""
_ZERO_FIRST = "[+-]?0[0-9]"
_LEADING_ZERO = re.compile(_ZERO_FIRST)
_PLUS_FIRST = r"\+[1-9][0-9]{7,14}"
_PHONE = re.compile(_PLUS_FIRST)
CODES = rf"{_ZERO_FIRST}.*|{_PLUS_FIRST}|{DIGITS_TO_CHECK}"
"""The numbers that may be codes by their own spelling."""
_EXPONENT = re.compile("[1-9][0-9]*E[0-9]+")
MIN_PHONE = 9
"""The characters of the shortest phone number with its country code."""


def explain_code(text: str) -> str | None:
    """Explain why the spelling of a plain number is that of a code; None if it is not."""
    if _LEADING_ZERO.match(text):
        return f"{text!r:.80} begins with a zero"
    if _PHONE.fullmatch(text):
        return f"{text!r:.80} begins with a plus, like a phone number"
    if re.fullmatch(DIGITS_TO_CHECK, text) and not _is_exact(text):
        return f"{text!r:.80} has more digits than a number can hold"
    return None


def find_equal_numbers(texts: Iterable[str]) -> tuple[str | None, tuple[str, str] | None]:
    """Find two spellings of one number among plain numbers.

    Returns the reason why they are codes, or two spellings that programs write for one number.
    Such are 5 and 5.0, .5 and 0.5, 0 and -0.
    """
    seen: dict[float, str] = {}
    harmless = None
    for text in texts:
        number = float(text)
        first = seen.setdefault(number, text)
        if first == text or not math.isfinite(number):
            continue
        if _tidy(first) != _tidy(text):
            return f"{first!r:.80} and {text!r:.80} are two spellings of one number", None
        harmless = harmless or (first, text)
    return None, harmless


def find_exponent(texts: Iterable[str]) -> str | None:
    """Find a whole number such as 12E3, which may be a code.

    Programs write 1.2E4, 1E+05 or 1e5, so these are numbers without a doubt.
    """
    return next(filter(_EXPONENT.fullmatch, texts), None)


def _tidy(text: str) -> str:
    """Remove the parts that programs write or leave out without a meaning."""
    whole, _, fraction = text.partition(".")
    sign = "-" if whole.startswith("-") and float(text) else ""
    return f"{sign}{whole.removeprefix('-') or '0'}.{fraction if fraction.strip('0') else ''}"


def _is_exact(digits: str) -> bool:
    number = float(digits)
    return math.isfinite(number) and int(number) == int(digits)
