"""Recognise strings that have numbers in one shape, such as 12 kg, 1d 2h or 3 of 5."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.text import quote
from trainer.tables.columns.known_shapes import (
    AFTER_MEASURES,
    BEFORE_MEASURES,
    MEASURE,
    TIME_UNIT,
    KnownShape,
)
from trainer.tables.columns.known_spellings import may_be_missing
from trainer.tables.columns.number_formats import is_like_number

_MOST = 0.8
_MIN_VALUES = 3
"""Fewer different strings are a category, also if they have a shape."""
_MAX_FORMS = 3
"""Most different units, or forms, of one column."""
_ONE_UNIT = "remove the unit from these cells"
_UNITS = "write all of them in one unit, and remove it from these cells"
_DIGITS = re.compile("[0-9]+")
_CODE = re.compile("(?<![0-9.,])0[0-9]|[0-9]{5}")
"""Digits of a code: a zero before others, or five in a row."""
_LABEL = re.compile(r"[^\W\d_](?![^\W\d_]{2,} .*[0-9][^0-9]+[0-9])|[0-9]+[^\W\d_]\Z")
"""The beginning of a label such as A12, AB-1-2 and size 40, not of `row 3 seat 4`; or 3b."""


@dataclass(frozen=True)
class TextShape:
    """The shape of most strings of a column."""

    name: str
    """The strings, in the plural."""
    example: str
    advice: str
    """The way to have numbers."""


def find_shape(values: Mapping[str, int]) -> TextShape | None:
    """Return the shape of most strings; None for words, and for labels such as A12 or size 40.

    *values* are by their rows.
    """
    counts = {text: rows for text, rows in values.items() if not may_be_missing(text)}
    return (
        _find_known(BEFORE_MEASURES, counts)
        or _find_measure(counts)
        or _find_known(AFTER_MEASURES, counts)
        or _find_form(counts)
    )


def _find_known(shapes: tuple[KnownShape, ...], counts: Mapping[str, int]) -> TextShape | None:
    for shape in shapes:
        fitting = list(filter(shape.fits, counts))
        allowed = list(filter(shape.allows, counts)) if fitting[1:] else []
        if _are_most(allowed, counts):
            return TextShape(shape.name, fitting[0], shape.advice)
    return None


def _find_measure(counts: Mapping[str, int]) -> TextShape | None:
    units: dict[str, list[str]] = {}
    for text in counts:
        if found := MEASURE.fullmatch(text):
            units.setdefault(found["short"] or found["unit"], []).append(text)
    usual = sorted(units, key=lambda unit: -_count_rows(units[unit], counts))[:_MAX_FORMS]
    fitting = [text for unit in usual for text in units[unit]]
    is_label = usual[1:] and not all(map(TIME_UNIT.fullmatch, usual))  # such as 1a and 1b
    if is_label and (max(map(len, usual)) == 1 or len(fitting) < 2 * len(usual)):
        return None
    if not _are_most(fitting, counts):
        return None
    advice = _UNITS if usual[1:] else _ONE_UNIT
    return TextShape("numbers with a unit", fitting[0], advice)


def _find_form(counts: Mapping[str, int]) -> TextShape | None:
    """Find strings that differ only in their numbers."""
    forms = Counter[str]()
    for text, rows in counts.items():
        is_label = is_like_number(text) or _LABEL.match(text) or _CODE.search(text)
        if _DIGITS.search(text) and not is_label:
            forms[_DIGITS.sub("0", text)] += rows
    usual = [form for form, _ in forms.most_common(_MAX_FORMS)]
    fitting = [text for text in counts if _DIGITS.sub("0", text) in usual]
    if not _are_most(fitting, counts) or len(fitting) < 2 * len(usual):
        return None
    numbers = len(_DIGITS.findall(usual[0]))
    advice = "make a column of each number" if numbers > 1 else "remove the other characters"
    return TextShape(f"numbers in the form {quote(usual[0].replace('0', '#'))}", fitting[0], advice)


def _are_most(texts: Collection[str], counts: Mapping[str, int]) -> bool:
    """Decide whether *texts* are most of the different strings, or in most rows."""
    is_most = len(texts) >= _MOST * len(counts)
    in_most = _count_rows(texts, counts) >= _MOST * sum(counts.values())
    return len(texts) >= _MIN_VALUES and (is_most or in_most)


def _count_rows(texts: Collection[str], counts: Mapping[str, int]) -> int:
    return sum(counts[text] for text in texts)
