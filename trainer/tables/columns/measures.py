"""Recognise numbers with a unit, such as 12 kg, which are strings."""

import re
from collections import Counter
from collections.abc import Mapping

_MEASURE = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)* ?([^\W\d_]{1,5}[²³]?|[\"'°])")
_MOST = 0.8
_MIN_NUMBERS = 3
_MAX_UNITS = 3


def find_measure(values: Mapping[str, int]) -> str | None:
    """Return an example if most cells are numbers with one of a few units.

    *values* are by their rows.
    """
    units = Counter[str]()
    examples: dict[str, list[str]] = {}
    for text, rows in values.items():
        if found := _MEASURE.fullmatch(text):
            units[found[1]] += rows
            examples.setdefault(found[1], []).append(text)
    usual = units.most_common(_MAX_UNITS)
    shown = [text for unit, _ in usual for text in examples[unit]]
    is_most = sum(rows for _, rows in usual) >= _MOST * sum(values.values())
    return shown[0] if is_most and len(shown) >= _MIN_NUMBERS else None
