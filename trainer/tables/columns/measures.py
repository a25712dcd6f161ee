"""Recognise numbers with a unit, such as 12 kg, which are strings."""

import re
from collections import Counter
from collections.abc import Mapping

_MEASURE = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)* ?([^\W\d_]{1,5}[²³]?|[\"'°])")
_MOST = 0.8
_MIN_NUMBERS = 3


def find_measure(values: Mapping[str, int]) -> str | None:
    """Return an example if most cells are numbers with one unit; *values* are by their rows."""
    units = Counter[str]()
    examples: dict[str, list[str]] = {}
    for text, rows in values.items():
        if found := _MEASURE.fullmatch(text):
            units[found[1]] += rows
            examples.setdefault(found[1], []).append(text)
    for unit, rows in units.most_common(1):
        if rows >= _MOST * sum(values.values()) and len(examples[unit]) >= _MIN_NUMBERS:
            return examples[unit][0]
    return None
