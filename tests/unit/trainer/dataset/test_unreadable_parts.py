"""Rows, columns and encodings that cannot be read are problems; the rest of a table is checked."""

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from tests.unit.trainer.dataset.problem_lists import ROWS, problems_of, table


def test_rows_with_too_many_or_too_few_cells_are_counted_and_the_others_are_checked(
    tmp_path: Path,
) -> None:
    path = table(tmp_path, fee=[*range(ROWS - 1), "?"])
    lines = path.read_text().splitlines()
    for place in (3, 10, 20, 30):
        lines[place] += ",more"
    lines[40] = "1,2"
    path.write_text("\n".join([*lines, ""]))

    found = problems_of(path, target="yy", drop="street")

    assert len(found) == 4
    assert "cannot be read: row 4 has 5 cells in place of 4" in found[2]
    assert found[2].count("in place of") == 3
    assert " and 2 more. Put cells with commas into quotes, or" in found[2]
    assert "'fee'" in found[3]


def test_columns_that_cannot_be_read_are_named_and_the_others_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('a,a,"b\x07",c,y\n' + "1,2,3,4,0\n4,5,6,?,1\n" * 30)

    found = problems_of(path, drop="street")

    assert len(found) == 4
    assert "Column 3" in found[0]
    assert "more than one column 'a'" in found[1]
    assert found[2].startswith("TRAINER_DROP=street")
    assert "'c' (numbers, except '?' in 30 rows; the first is in line" in found[3]


def test_differences_between_parquet_files_are_named_and_the_rest_is_checked(
    tmp_path: Path,
) -> None:
    first = {"a": [1, 2], "b": ["x", "y"], "c": [1, 2], "d": [[1], [2]], "y": [0, 1]}
    second = {"a": ["1", "2"], "b": [1.5, 2.5], "d": [[1], [2]], "y": [0, 1]}
    for name, data in {"1": first, "2": second, "3": second}.items():
        parquet.write_table(pa.table(data), tmp_path / f"{name}.parquet")

    found = problems_of(tmp_path, drop="z")

    assert len(found) == 5
    assert [message.split("column ")[1][:3] for message in found[:3]] == ["'c'", "'a'", "'b'"]
    assert found[3].startswith("TRAINER_DROP=z")
    assert "'d' (list<" in found[4]


def test_a_target_that_cannot_be_read_is_not_a_second_problem(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,y,y\n" + "1,2,3\n4,5,6\n" * 30)

    (found,) = problems_of(path)

    assert "more than one column 'y'" in found


def test_a_file_in_an_unknown_encoding_is_one_problem(tmp_path: Path) -> None:
    path = table(tmp_path, город=["Москва", "Казань"] * (ROWS // 2))
    path.write_bytes(path.read_text().encode("windows-1251"))

    (found,) = problems_of(path, drop="strasse")

    assert "is not in UTF-8. In Windows-1252 it reads" in found
    assert 'TRAINER_CSV=\'{"encoding": "…"}\'' in found


def test_a_file_in_another_encoding_is_checked_to_its_end(tmp_path: Path) -> None:
    cells = ["groß", "klein"] * (ROWS // 2)
    path = table(tmp_path, größe=cells, fee=[*range(ROWS - 1), "?"])
    path.write_bytes(path.read_text().encode("latin-1"))

    found = problems_of(path, drop="strasse")

    assert len(found) == 2
    assert "'größe'" in found[0]
    assert "'fee'" in found[1]
