"""Read the spellings of numbers: plain ones, and two formats of people.

All patterns are understood by `re` and by the RE2 of Arrow alike.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from pyarrow import compute

_EXPONENT = r"(?:[eE][+-]?[0-9]+)?"
PLAIN = rf"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}|[+-]?(?i:inf|infinity)"
"""A number as programs write it."""
_APOSTROPHES = "'\u2019"
_MINUS = "\u2212"
_SIGN = rf"[+\-{_MINUS}]?"
UNIT = "(?:[$€£¥₹₽₩₺₪฿%]|EUR|USD|GBP|CHF|JPY)"
_FIRST = "[1-9][0-9]{0,2}"
"""The digits before the first mark between thousands."""
_GROUPS = rf"(?: [0-9]{{3}})+|(?:[{_APOSTROPHES}][0-9]{{3}})+"
_POINT = rf"(?:{_FIRST}(?:(?:,[0-9]{{2,3}})*,[0-9]{{3}}|{_GROUPS})|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+"
_COMMA = rf"(?:{_FIRST}(?:(?:\.[0-9]{{3}})+|{_GROUPS})|[0-9]+)(?:,[0-9]*)?|,[0-9]+"
_BOUND = rf"(?:[<>≤≥~≈]=? ?)(?:{_POINT}|{_COMMA})|(?:{_POINT}|{_COMMA}) ?\+"


def _with_units(digits: str) -> str:
    number = rf"{_SIGN}(?:{UNIT} ?)?{_SIGN}(?:{digits}){_EXPONENT}(?: ?{UNIT})?"
    return rf"{number}|\({number}\)"


@dataclass(frozen=True)
class NumberFormat:
    """A way to write numbers, which TRAINER_TYPES can name."""

    name: str
    pattern: str
    decimal_mark: str

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def fits(self, text: str) -> bool:
        """Decide whether *text* is a number in this format."""
        return self._expression.fullmatch(text) is not None

    def parse(self, texts: pa.Array) -> pa.Array:
        """Return strings in their normal form as float64.

        Parentheses mean a negative number, as in accounts. Units are left out: 12% is 12.
        """
        group_mark, decimal_mark = (",", ".") if self.decimal_mark == "." else (r"\.", ",")
        for found, replacement in (
            (rf"{UNIT}|[ {_APOSTROPHES}]|{group_mark}", ""),
            (r"^\((.*)\)$", r"-\1"),
            (_MINUS, "-"),
            (rf"\{decimal_mark}", "."),
        ):
            texts = compute.replace_substring_regex(texts, found, replacement)
        return texts.cast(pa.float64())


DECIMAL_POINT = NumberFormat("number", rf"{PLAIN}|{_with_units(_POINT)}", ".")
DECIMAL_COMMA = NumberFormat("number with decimal comma", _with_units(_COMMA), ",")
FORMATS = (DECIMAL_POINT, DECIMAL_COMMA)
NUMBER_FORMATS = {number_format.name: number_format for number_format in FORMATS}
LIKE_NUMBERS = rf"{DECIMAL_POINT.pattern}|{DECIMAL_COMMA.pattern}|{_BOUND}"
"""Everything that people read as a number, and bounds such as <5 and 3+."""


def find_units(text: str) -> tuple[str, ...]:
    """Return the currencies and percent signs in *text*."""
    return tuple(re.findall(UNIT, text))


def match(texts: pa.Array, pattern: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say for each string whether all of it matches *pattern*."""
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = compute.match_substring_regex(
        texts, f"^(?:{pattern})$"
    ).to_numpy(zero_copy_only=False)
    return found


def is_like_number(text: str) -> bool:
    """Decide whether people read *text* as a number."""
    return re.fullmatch(LIKE_NUMBERS, text) is not None


def is_plain_number(text: str) -> bool:
    """Decide whether *text* is a number as programs write it."""
    return re.fullmatch(PLAIN, text) is not None
