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
_CURRENCIES = (
    "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|ILS|INR|JPY|KRW|MXN|NOK|NZD|PLN|RON|RUB|SEK|SGD|"
    "THB|TRY|TWD|USD|ZAR|Fr|Ft|Kč|Rs|kr|zł"
)
RATIOS = "%‰"
UNIT_NAME = rf"[A-Z]{{0,3}}\$|[€£¥￥₹₽₩₺₪฿{RATIOS}]|{_CURRENCIES}"
UNIT = rf"(?:(?:{UNIT_NAME})\.?)"
_FIRST = "[1-9][0-9]{0,2}"
"""The digits before the first mark between thousands."""
_GROUPS = rf"(?: [0-9]{{3}})+|(?:[{_APOSTROPHES}][0-9]{{3}})+"
_POINT = rf"(?:{_FIRST}(?:(?:,[0-9]{{2,3}})*,[0-9]{{3}}|{_GROUPS})|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+"
_COMMA = rf"(?:{_FIRST}(?:(?:\.[0-9]{{3}})+|{_GROUPS})|[0-9]+)(?:,[0-9]*)?|,[0-9]+"
_DIGITS = f"(?:{_POINT}|{_COMMA})"
_BOUND = rf"(?:[<>≤≥~≈]=? ?){_DIGITS}|{_DIGITS} ?\+"
_FRACTION = "(?:[0-9]+ ?)?[¼-¾⅐-⅞]|[0-9]+ [0-9]{1,2}/[0-9]{1,2}"
_SHORT = rf"{_DIGITS}(?:[kKmMB]| ?(?:Tsd\.?|Mio\.?|Mrd\.?|mn|bn|thousand|million|billion))"
_SCRIPTS = "\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59\uff10-\uff19"
"""The digits of Arabic, Persian, Hindi, Bengali and Thai, and the wide ones of Chinese texts."""
_OTHER_DIGITS = f"[{_SCRIPTS}][{_SCRIPTS}.,\u066b\u066c\uff0c\uff0e]*"


def _with_units(digits: str) -> str:
    before = rf"(?:{_SIGN}(?:{UNIT} ?)?|{UNIT} ?{_SIGN})"
    number = rf"(?:{digits}){_EXPONENT}(?: ?{UNIT})?"
    return rf"{before}{number}|\((?:{UNIT} ?)?{number}\)"


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

    def parse_text(self, text: str) -> float:
        """Return the number that one string in its normal form is."""
        number: float = self.parse(pa.array([text]))[0].as_py()
        return number

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
_MINUS_LAST = f"{_DIGITS} ?[-\u2013]"
_TIMES = "x*\u00d7\u00b7"
_POWER = rf"(?:{_DIGITS} ?[{_TIMES}] ?)?10\^{_SIGN}[0-9]+"
_OF_CODE = "[0-9]{1,3}(?:_[0-9]{3})+(?:\\.[0-9]*)?"
_AMOUNT = f"{_FRACTION}|{_SHORT}|{_OTHER_DIGITS}|{_MINUS_LAST}|{_POWER}|{_OF_CODE}"
_OF_SPREADSHEET = rf"['=]{_SIGN}{_DIGITS}|=\"{_SIGN}{_DIGITS}\""
_UNREAD = rf"{_SIGN}(?:{UNIT} ?)?(?:{_AMOUNT})(?: ?{UNIT})?|{_OF_SPREADSHEET}"
"""A number that no format reads: 1½, 1.5M, 500-, 2x10^3, 1_000, =5, digits of other scripts."""
_NUMBER = rf"{DECIMAL_POINT.pattern}|{DECIMAL_COMMA.pattern}|{_UNREAD}"
NUMBER_FORMATS = {number_format.name: number_format for number_format in FORMATS}
LIKE_NUMBERS = rf"{_NUMBER}|{_BOUND}"
"""Everything that people read as a number, and bounds such as <5 and 3+."""


def find_units(text: str) -> tuple[str, ...]:
    """Return the currencies and percent signs in *text*."""
    return tuple(re.findall(UNIT_NAME, text))


def match(texts: pa.Array, pattern: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say for each string whether all of it matches *pattern*."""
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = compute.match_substring_regex(
        texts, f"^(?:{pattern})$"
    ).to_numpy(zero_copy_only=False)
    return found


def is_number(text: str) -> bool:
    """Decide whether *text* is one number, in a format or in a spelling that no format reads."""
    return re.fullmatch(_NUMBER, text) is not None


def is_like_number(text: str) -> bool:
    """Decide whether people read *text* as a number."""
    return re.fullmatch(LIKE_NUMBERS, text) is not None


def is_plain_number(text: str) -> bool:
    """Decide whether *text* is a number as programs write it."""
    return re.fullmatch(PLAIN, text) is not None
