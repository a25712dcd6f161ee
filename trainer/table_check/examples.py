"""Show some different cells of each column, from the first rows of a table."""

from collections.abc import Sequence
from contextlib import suppress

import pyarrow as pa
from pyarrow import compute

from shared.text import shorten
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.table_file import TableFile

_ROWS = 1000
_EXAMPLES = 3
_CHARACTERS = 40


def find_examples(
    table: TableFile, names: Sequence[str], missing: MissingSpellings
) -> dict[str, str]:
    """Return the first different cells of each column, without missing values.

    A file that cannot be read has no examples; the reason is a problem already.
    """
    with suppress(pa.ArrowException, OSError, UnicodeDecodeError):
        for batch in table.batches(names):
            first = batch.slice(0, _ROWS)
            return {name: _show(first.column(name), missing.of(name)) for name in names}
    return {}


def show_cell(text: str) -> str:
    """Return a cell in a short form, in quotes if its beginning or end cannot be seen in a list."""
    short = shorten(text, _CHARACTERS)
    is_plain = short.isprintable() and short == short.strip() and "," not in short
    return short if is_plain else repr(short)


def _show(column: pa.Array, missing: frozenset[str]) -> str:
    shown = list[str]()
    for value in _differing(column):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if value is not None and text.strip() and text.strip() not in missing and text != "nan":
            shown.append(show_cell(text))
        if len(shown) == _EXAMPLES:
            break
    return ", ".join(shown)


def _differing(column: pa.Array) -> list[object]:
    try:
        values: list[object] = compute.unique(column).to_pylist()
    except pa.ArrowException:  # lists and structures
        values = column.slice(0, _EXAMPLES).to_pylist()
    return values
