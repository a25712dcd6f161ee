"""Render tables as text for a terminal and for Markdown."""

from bench.report.results import Table


def render(table: Table) -> str:
    """Render a table with its title; all columns but the first are aligned to the right."""
    cells = [table.header, *table.rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.header))]
    dashes = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [_line(table.header, widths), _line(dashes, widths)]
    lines += [_line(row, widths) for row in table.rows]
    return "\n".join([f"**{table.title}**", "", *lines])


def _line(cells: tuple[str, ...] | list[str], widths: list[int]) -> str:
    first, *rest = [
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join([first, *rest])} |"
