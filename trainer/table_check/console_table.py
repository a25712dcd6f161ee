"""Write the columns of a table as lines of at most 80 characters."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from shared.reports.table_report import ColumnLine
from shared.text import shorten
from trainer.table_check.examples import show_cell

_WIDTH = 80
_WIDEST = {"column": 22, "kind": 11, "missing": 13}
"""The most characters of the first parts of a line. Examples take the rest, up to the decision."""
_DECISION = 8
_GAP = "  "
_MOST_LINES = 40
"""Most columns in one table."""
_INDENT = "      "


def write_table(columns: Sequence[ColumnLine], most: int = _MOST_LINES) -> list[str]:
    """Return the lines of a table. Of too many columns, it has those that matter most."""
    shown = choose_columns(columns, most)
    if not shown:
        return []
    rows = [[*_WIDEST], *([show_cell(each.name), each.kind, each.missing] for each in shown)]
    parts = [
        _align(texts, limit)
        for texts, limit in zip(zip(*rows, strict=True), _WIDEST.values(), strict=True)
    ]
    taken = sum(len(part[0]) + len(_GAP) for part in parts) + len(_GAP) + len(_GAP) + _DECISION
    parts.append(_align(["examples", *(each.examples for each in shown)], _WIDTH - taken))
    decisions = ["decision", *(each.decision for each in shown)]
    lines = [_GAP.join(["", *line]) for line in zip(*parts, decisions, strict=True)]
    return [lines[0], *_add_remarks(lines[1:], shown), *_count_others(columns, shown)]


def choose_columns(columns: Sequence[ColumnLine], most: int) -> list[ColumnLine]:
    """Choose columns in their order: with problems first, then left out or with a role."""
    ranked = sorted(
        range(len(columns)),
        key=lambda place: (not columns[place].is_problem, columns[place].decision == "feature"),
    )
    return [columns[place] for place in sorted(ranked[:most])]


def _align(texts: Sequence[str], limit: int) -> list[str]:
    short = [shorten(text, limit) for text in texts]
    width = max(map(len, short))
    return [text.ljust(width) for text in short]


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
    named = ", ".join(f"{decision} {count}" for decision, count in counts.items() if count)
    return [f"  and {len(columns) - len(shown)} more columns ({named})"]
