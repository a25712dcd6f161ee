"""Read the strings of a column in their normal form, and count spellings that become one."""

import unicodedata
from collections.abc import Collection

import pyarrow as pa
from pyarrow import compute

from shared.inference.text_form import normalise_text
from shared.text import quote, shorten
from trainer.tables.columns.column_types import classify_type
from trainer.tables.columns.text_cells import normalise_cells, remove_missing, to_strings

_MAX_SPELLINGS = 1000


class StringSpellings:
    """The different spellings in one column, each with its normal form."""

    def __init__(self, missing: Collection[str]) -> None:
        self._missing = frozenset(missing)
        self._normal: dict[str, str | None] = {}

    def normalise(self, value: str) -> str | None:
        """Return the normal form of a cell; None if it is empty or counts as missing."""
        if value not in self._normal:
            normal = None if value in self._missing else normalise_text(value)
            self._normal[value] = None if normal in self._missing else normal or None
        return self._normal[value]

    def note(self, column: str) -> str | None:
        """Return a sentence about strings of *column* with several spellings; None without any."""
        spellings: dict[str, list[str]] = {}
        for value, normal in self._normal.items():
            if normal is not None:
                spellings.setdefault(normal, []).append(value)
        merged = {normal: found for normal, found in spellings.items() if len(found) > 1}
        if not merged:
            return None
        normal = min(merged)
        shown = " and ".join(map(quote_spelling, sorted(merged[normal])[:2]))
        more = f" (and {len(merged) - 1} more)" if len(merged) > 1 else ""
        return f"{quote(column)} has the spellings {shown}, both read as {quote(normal)}{more}."


def quote_spelling(text: str) -> str:
    """Put a string in quotes, with every character escaped that one cannot see or tell apart."""
    is_composed = unicodedata.is_normalized("NFC", text)
    return quote(text) if is_composed else ascii(shorten(text))


def find_spellings(column: pa.ChunkedArray, missing: Collection[str]) -> StringSpellings:
    """Return the spellings of the first different strings of a column, if it has strings."""
    spellings = StringSpellings(missing)
    if classify_type(column.type) == "category":
        values = compute.unique(column).drop_null()[:_MAX_SPELLINGS]
        for value in values.to_pylist():
            spellings.normalise(value)
    return spellings


def normalise_strings(column: pa.ChunkedArray, missing: frozenset[str]) -> pa.ChunkedArray:
    """Return a column with its strings in their normal form; columns of other types as they are.

    Empty strings and *missing* ones become null.
    """
    if classify_type(column.type) != "category":
        return column
    return remove_missing(normalise_cells(to_strings(column)), missing)
