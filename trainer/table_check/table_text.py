"""Report the check of a table: as lines for a console, or as a page."""

from collections.abc import Sequence

from shared.reports.table_report import ColumnLine, TableReport
from trainer.dataset.table_reading import TableReading
from trainer.problems import Problems
from trainer.table_check.column_lines import describe_columns, is_about
from trainer.table_check.console_table import write_table

_MOST_PROBLEM_COLUMNS = 20
"""Most columns in the table of a run that cannot start."""
_GOOD_END = "No problem was found. Training can start."
_BAD_END = "Training cannot start. Correct the problems and check again."


def describe_problem_columns(reading: TableReading, problems: Problems) -> list[str]:
    """Return a table of the columns with problems, for a run that cannot start."""
    columns = describe_columns(reading, problems)
    concerned = [column for column in columns if column.is_problem]
    if not concerned:
        return []
    rest = len(columns) - len(concerned)
    others = [f"  {rest} more without a problem; make check-data shows them."] if rest else []
    return ["Columns with a problem:", *write_table(concerned, _MOST_PROBLEM_COLUMNS), *others, ""]


def report_table(
    source: str, reading: TableReading, problems: Problems, run: Sequence[str] = ()
) -> TableReport:
    """Report all columns and problems. *run* describes the run, if it can start."""
    columns = describe_columns(reading, problems, reading.notes)
    general = [note for note in reading.notes if not any(is_about(note, c.name) for c in columns)]
    return TableReport(
        source=source,
        size=_describe_size(reading, columns),
        columns=columns,
        problems=[str(error) for error in problems.errors],
        notes=general,
        run=run,
    )


def write_report(report: TableReport) -> list[str]:
    """Return the lines of a report for a console."""
    notes = [*report.notes, *(note for column in report.columns for note in column.notes)]
    count = len(report.problems)
    problems = [f"{number}. {problem}" for number, problem in enumerate(report.problems, 1)]
    parts = [
        [f"Table: {report.source}{report.size and f', {report.size}'}"],
        write_table(report.columns),
        [*(f"note: {note}" for note in notes), *report.run],
        [f"{count} problem{'s' * (count > 1)}:", *problems] if count else [],
        [_BAD_END if count else _GOOD_END],
    ]
    return [line for part in parts if part for line in ["", *part]][1:]


def _describe_size(reading: TableReading, columns: Sequence[ColumnLine]) -> str:
    rows = f"{reading.found.rows} rows, " if reading.found else ""
    return f"{rows}{len(columns)} column{'s' * (len(columns) > 1)}" if columns else ""
