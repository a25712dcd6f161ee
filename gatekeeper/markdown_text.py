"""Text that others wrote, in Markdown."""

import re
from collections.abc import Sequence

from shared.text import to_printable

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$])")
"""Signs with a meaning in Markdown or in its HTML."""


def escape_markdown(text: str) -> str:
    """Return text on one line that Markdown shows as it is."""
    return _MARKS.sub(r"\\\1", to_printable(" ".join(text.split())))


def _keep_underscores(name: str) -> str:
    """Return a name of a column. An underscore within a word has no meaning in Markdown."""
    return re.sub(r"(?<=[a-z])\\_(?=[a-z])", "_", escape_markdown(name))


def make_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with escaped cells, and a line end after each row."""
    lines = [list(map(_keep_underscores, columns)), ["---"] * len(columns)]
    lines += [list(map(escape_markdown, row)) for row in rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
