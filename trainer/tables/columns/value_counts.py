"""Describe how often values are in a column."""

from collections.abc import Mapping

from shared.text import quote

_SHOWN_VALUES = 5


def sort_by_count(counts: Mapping[str, int]) -> list[str]:
    """Return the values of *counts*, the most frequent first."""
    return sorted(counts, key=lambda text: (-counts[text], text))


def describe_counts(counts: Mapping[str, int]) -> str:
    """List values with their numbers of rows, the most frequent first."""
    order = sort_by_count(counts)
    shown = [
        f"{quote(text, 40)} in {counts[text]} row{'s' * (counts[text] != 1)}"
        for text in order[:_SHOWN_VALUES]
    ]
    more = len(order) - _SHOWN_VALUES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
