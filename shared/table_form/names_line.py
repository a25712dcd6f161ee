"""Check that the first line of a CSV file has the names of its columns."""

import re
from collections import Counter
from itertools import pairwise

from shared.errors import TableFormError
from shared.table_form.separators import Rows
from shared.text import join_some, quote

_NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")
_MOST = 0.9
_FEWEST_ROWS = 3
"""With fewer rows, the first line is not compared to them."""


def require_names(rows: Rows, skipped: int) -> None:
    """Raise TableFormError if the first row is a title, or looks like the rows below it.

    *skipped* lines are before these rows.
    """
    if len(rows) < _FEWEST_ROWS:
        return
    _require_no_title(rows, skipped)
    names = rows[0].cells
    below = [row.cells for row in rows[1:] if len(row.cells) == len(names)]
    filled = [(place, name) for place, name in enumerate(names) if name.strip()]
    numbers = [name for _, name in filled if _NUMBER.fullmatch(name)]
    if not numbers or not below or _are_counted(numbers):
        return
    if all(_is_like(name, [cells[place] for cells in below]) for place, name in filled):
        raise TableFormError(
            f"has no names in its first line, which is {_show(names)}.",
            advice="Write a line with the names of the columns before it.",
        )


def _require_no_title(rows: Rows, skipped: int) -> None:
    usual, times = Counter(len(row.cells) for row in rows).most_common(1)[0]
    found = len(rows[0].cells)
    if found < usual - 1 and times >= _MOST * (len(rows) - 1):
        names = next(row for row in rows if len(row.cells) == usual)
        raise TableFormError(
            f"has {found} cell{'s' * (found > 1)} in its first line, {_show(rows[0].cells)}, but "
            f"{usual} in most rows. The first line must have the names of the columns.",
            [{"skip": skipped + names.start}],
            f"Remove the lines before {_show(names.cells)}.",
        )


def _show(cells: list[str]) -> str:
    return join_some([quote(cell, 30) for cell in cells], 4)


def _is_like(name: str, cells: list[str]) -> bool:
    """Say whether a name could be one of the cells below it."""
    if _NUMBER.fullmatch(name):
        filled = [cell for cell in cells if cell.strip()]
        numbers = sum(_NUMBER.fullmatch(cell) is not None for cell in filled)
        return bool(filled) and numbers >= _MOST * len(filled)
    return name in cells


def _are_counted(numbers: list[str]) -> bool:
    """Say whether names are 0, 1, 2 or 2019, 2020: numbers of columns, or years."""
    if not all(number.strip().isdecimal() for number in numbers):
        return False
    values = [int(number) for number in numbers]
    return len(values) > 1 and all(after == before + 1 for before, after in pairwise(values))
