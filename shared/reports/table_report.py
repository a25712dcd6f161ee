"""The check of a table as an HTML file: every column, every problem with its remedy."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shared.reports.html_report import render_page


@dataclass(frozen=True)
class ColumnLine:
    """A column of a table in words."""

    name: str
    kind: str
    missing: str
    examples: str
    decision: str
    remark: str = ""
    """Why the column is left out, or what its problem is."""
    notes: tuple[str, ...] = ()
    is_problem: bool = False


@dataclass(frozen=True)
class TableReport:
    """The check of a table."""

    source: str
    size: str
    """The numbers of rows and columns."""
    columns: Sequence[ColumnLine]
    problems: Sequence[str]
    notes: Sequence[str]
    """Those that are not about a single column."""
    run: Sequence[str]
    """The data of a training; empty if there are problems."""

    @property
    def decisions(self) -> str:
        """The number of columns of each decision."""
        counts = Counter(column.decision for column in self.columns)
        return ", ".join(f"{decision} {count}" for decision, count in counts.items())


def render_table(report: TableReport) -> str:
    """Return a self-contained page: it has no script and fetches nothing."""
    return render_page("table.html", f"Check of {report.source}", {"report": report})
