"""Write the columns of a table as lines of at most 80 characters."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from shared.reports.table_report import ColumnLine
from shared.text import shorten
from trainer.table_check.examples import show_cell

_WIDTH = 80
_WIDEST = {"column": 19, "kind": 11, "missing": 13, "examples": 19}
"""The most characters of each part of a line. The last part is the decision."""
_MOST_LINES = 40
"""Most columns in one table."""
_INDENT = "      "


def write_table(columns: Sequence[ColumnLine], most: int = _MOST_LINES) -> list[str]:
    """Return the lines of a table. Of too many columns, it has those that matter most."""
    shown = choose_columns(columns, most)
    if not shown:
        return []
    cells = [
        [show_cell(column.name), column.kind, column.missing, column.examples] for column in shown
    ]
    rows = [[*_WIDEST], *cells]
    limits = _WIDEST.values()
    short = [[shorten(text, limit) for text, limit in zip(r, limits, strict=True)] for r in rows]
    widths = [max(map(len, column)) for column in zip(*short, strict=True)]
    decisions = ["decision", *(column.decision for column in shown)]
    lines = []
    for row, decision in zip(short, decisions, strict=True):
        padded = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        lines.append("  ".join(["", *padded, decision]))
    return [lines[0], *_add_remarks(lines[1:], shown), *_count_others(columns, shown)]


def choose_columns(columns: Sequence[ColumnLine], most: int) -> list[ColumnLine]:
    """Choose columns in their order: with problems first, then left out or with a role."""
    ranked = sorted(
        range(len(columns)),
        key=lambda place: (not columns[place].is_problem, columns[place].decision == "feature"),
    )
    return [columns[place] for place in sorted(ranked[:most])]


def _add_remarks(lines: Sequence[str], shown: Sequence[ColumnLine]) -> Iterator[str]:
    for line, column in zip(lines, shown, strict=True):
        yield line
        if column.remark:
            yield from textwrap.wrap(
                column.remark, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT
            )


def _count_others(columns: Sequence[ColumnLine], shown: Sequence[ColumnLine]) -> list[str]:
    if len(shown) == len(columns):
        return []
    counts = Counter(column.decision for column in columns)
    counts.subtract(column.decision for column in shown)
    named = ", ".join(f"{count} {decision}" for decision, count in counts.items() if count)
    return [f"  and {len(columns) - len(shown)} more columns ({named})"]
