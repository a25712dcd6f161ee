"""Align names, values and tables as lines of text."""

from collections.abc import Mapping, Sequence


def align_pairs(values: Mapping[str, object]) -> str:
    """Align values behind their names, one a line."""
    width = max(map(len, values))
    return "\n".join(f"{name:{width}}  {value}" for name, value in values.items())


def align_table(rows: Sequence[Mapping[str, object]], otherwise: str) -> str:
    """Align columns below the names of the first row. Without rows, return *otherwise*."""
    if not rows:
        return otherwise
    cells = [list(rows[0]), *([str(cell) for cell in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)
