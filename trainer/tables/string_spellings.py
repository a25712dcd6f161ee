"""Read the strings of a column in their normal form, and count spellings that become one."""

import unicodedata
from collections.abc import Collection

import pyarrow as pa

from shared.inference.text_form import normalise_text
from shared.text import quote, shorten
from trainer.tables.columns.column_types import classify_type


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


def normalise_strings(column: pa.ChunkedArray, spellings: StringSpellings) -> pa.ChunkedArray:
    """Return a column with its strings in their normal form; columns of other types as they are."""
    if classify_type(column.type) != "category":
        return column
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.cast(pa.large_string()).combine_chunks().dictionary_encode()
    normal = [spellings.normalise(value) for value in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(normal, pa.large_string()).take(encoded.indices)])
