"""Recognise whole numbers that identify the rows: they never repeat, where data would."""

import re

import numpy as np

from trainer.tables.row_counter import MIN_ROWS, Numbers, are_whole_or_missing

_FIRST_ROWS = 1000
_EQUAL_PAIRS = 10.0
"""Pairs of equal numbers that as many random numbers of this range have on average."""
_YEARS = (1500.0, 2200.0)
_NAME = re.compile(
    r"(?i:(.*[_ .-])?(id|nr|no|num|number|nummer|key|uuid|guid|iban|isbn|ean|ssn|phone|telephone"
    r"|telefon|tel|mobile|fax)\.?)|.*[a-z](Id|ID|Nr|No|Number|Nummer|Key)|.*(?i:nummer)"
)
"""Names that identifiers often have."""
_LARGEST_EXACT = 2.0**53
_LONG = 1e9
_CLOCK = (1e9, 2.2e9)
"""Seconds since 1970, from 2001 to 2039. Milliseconds and so on are a thousand times as large."""


def identify_rows(name: str, numbers: Numbers) -> bool:
    """Decide whether all numbers are whole and differ, though chance would repeat some.

    They do so by chance only in few rows or in a wide range. In a wide range, the name of the
    column or the length of the numbers decides.
    """
    first = numbers[:_FIRST_ROWS]
    if not (are_whole_or_missing(first) and _differ(first)):
        return False
    present = numbers[~np.isnan(numbers)]
    if len(present) < MIN_ROWS or not (are_whole_or_missing(present) and _differ(present)):
        return False
    lowest, highest = float(present.min()), float(present.max())
    if _YEARS[0] <= lowest and highest <= _YEARS[1]:
        return False
    if _NAME.fullmatch(name) or _are_long(lowest, highest):
        return True
    if highest - lowest > _LARGEST_EXACT:
        return False
    step = np.gcd.reduce((present - lowest).astype(np.int64))
    possible = (highest - lowest) / step + 1
    return bool(len(present) * (len(present) - 1) / 2 >= _EQUAL_PAIRS * possible)


def _differ(numbers: Numbers) -> bool:
    present = numbers[~np.isnan(numbers)]
    return len(np.unique(present)) == len(present)


def _are_long(lowest: float, highest: float) -> bool:
    """Decide whether numbers have ten or more digits, all the same number, and are not times."""
    if lowest < _LONG or len(f"{lowest:.0f}") != len(f"{highest:.0f}"):
        return False
    return not any(
        _CLOCK[0] * unit <= lowest and highest <= _CLOCK[1] * unit for unit in (1.0, 1e3, 1e6, 1e9)
    )
