"""The table of columns fits a console of 80 characters, and shows the columns that matter most."""

from shared.reports.table_report import ColumnLine
from trainer.table_check.console_table import write_table

LONG = ColumnLine(
    name="the name of a column that nobody has shortened",
    kind="time of day",
    missing="1234567 (100%)",
    examples="08:30, " * 20,
    decision="left out",
    remark="a reason of many words, " * 8,
)


def features(count: int) -> list[ColumnLine]:
    return [ColumnLine(f"x{n}", "number", "0", "1, 2, 3", "feature") for n in range(count)]


def test_no_line_is_longer_than_80_characters() -> None:
    lines = write_table([LONG, *features(3)])

    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["column", "kind", "missing", "examples", "decision"]
    assert lines[1].endswith("  left out")
    assert lines[2].startswith("      a reason of many words")


def test_columns_with_problems_are_shown_before_features() -> None:
    problem = ColumnLine("late", "date", "-", "", "problem", "dates", is_problem=True)

    lines = write_table([*features(100), problem, LONG], most=3)

    assert [line.split()[0] for line in lines if not line.startswith("      ")] == [
        *("column", "x0", "late", "the", "and")
    ]
    assert lines[-1] == "  and 99 more columns (feature 99)"


def test_cells_and_names_that_look_alike_are_in_quotes() -> None:
    (_, line) = write_table([ColumnLine(" a\t", "number", "0", "", "feature")])

    assert "' a\\t'" in line


def test_a_table_without_columns_has_no_lines() -> None:
    assert write_table([]) == []
