"""Find the separator of a CSV file, from the numbers of cells in its first rows."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from shared.errors import TableFormError
from shared.text import join_some, quote

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""The separators that are looked for, with their names."""
_MOST_ROWS = 1000
_MOST = 0.9
"""The fraction of rows with one number of cells, from which a separator fits."""


class Row(NamedTuple):
    """A row of a CSV file that is not empty."""

    start: int
    """The lines before it."""
    cells: list[str]


Rows = list[Row]


def split_rows(text: str, separator: str, *, is_whole: bool = True) -> Rows:
    """Return the first rows of a text that are not empty. A cut text loses its last row."""
    rows: Rows = []
    reader, start = csv.reader(io.StringIO(text, newline=""), delimiter=separator), 0
    with suppress(csv.Error):
        for cells in reader:
            if cells:
                rows.append(Row(start, cells))
            if len(rows) > _MOST_ROWS:
                return rows
            start = reader.line_num
    return rows if is_whole or not rows[1:] else rows[:-1]


def find_separator(text: str, *, is_whole: bool = True) -> str:
    """Return the separator of the columns of a text.

    The number of cells must be the same in nearly all rows. If several separators fit, the names in
    the first line decide. Raises TableFormError if they do not either.
    """
    rows = {each: split_rows(text, each, is_whole=is_whole) for each in SEPARATORS}
    fitting = [each for each, found in rows.items() if _count_usual(found) > 1]
    named = [each for each in fitting if len(rows[each][0].cells) == _count_usual(rows[each])]
    if len(named) == 1:
        return named[0]
    if len(named) > 1:
        _refuse_both(named, rows)
    if len(fitting) == 1:
        return fitting[0]
    return max(SEPARATORS, key=lambda each: _rank(rows[each]))


def _count_usual(rows: Rows) -> int:
    """Return the number of cells that nearly all rows have below the first; 0 if there is none."""
    below = [len(row.cells) for row in rows[1:] or rows]
    if not below:
        return 0
    count, times = Counter(below).most_common(1)[0]
    return count if times >= _MOST * len(below) else 0


def _rank(rows: Rows) -> tuple[bool, int, int]:
    """Rank a separator that does not fit: by names, and by the rows with as many cells."""
    if not rows:
        return False, 0, 0
    names = len(rows[0].cells)
    return names > 1, sum(len(row.cells) == names for row in rows) * (names > 1), names


def _refuse_both(separators: Sequence[str], rows: Mapping[str, Rows]) -> None:
    shown = "; ".join(
        f"with {SEPARATORS[each]}, the first row is "
        f"{join_some([quote(cell, 20) for cell in (rows[each][1:] or rows[each])[0].cells], 4)}"
        for each in separators
    )
    raise TableFormError(
        f"can be read in {len(separators)} ways: {shown}.",
        [{"separator": each} for each in separators],
    )
