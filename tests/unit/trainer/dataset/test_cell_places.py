"""A message about a bad cell names its line in a CSV file, or its row in Parquet."""

import gzip
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from trainer.dataset.load import load_dataset
from trainer.files.open_table import open_table
from trainer.settings import TrainerSettings

ROWS = 40
NUMBERS = [str(n) for n in range(ROWS)]


def error_of(path: Path, target: str = "y") -> str:
    with pytest.raises(DatasetError) as refusal:
        load_dataset(TrainerSettings(dataset=path, target=target), "accuracy")
    return str(refusal.value)


def csv_with(cells: dict[int, str], *, before: str = "") -> str:
    """Return a table with these cells of `x` in place of numbers, by row from 0."""
    rows = [f'"{cells.get(n, str(n * 7 % 23))}",{n % 2}\n' for n in range(ROWS)]
    return f"x,y\n{before}" + "".join(rows)


@pytest.mark.parametrize(
    ("cells", "before", "says"),
    [
        ({17: "n.a."}, "", "(numbers, except 'n.a.' in 1 row; in line 19)"),
        ({17: "n.a.", 5: " ? "}, "", "in 1 row; the first is in line 7)"),
        ({3: "$1,5"}, "", "(numbers, except '$1,5' in 1 row)"),
        ({0: "?"}, '"4\n5",1\n', "the first is in line 2)"),
        ({0: "?"}, '"4",1\n\n\n', "'?' in 1 row; in line 5)"),
        ({2: "inf"}, "", "(infinite values in 1 row, the first in line 4)"),
        ({2: "1e300", 3: "1e300"}, "", "in 2 rows; models read float32, the first in line 4)"),
    ],
)
def test_a_bad_cell_of_a_csv_file_has_its_line(
    tmp_path: Path, cells: dict[int, str], before: str, says: str
) -> None:
    """A cell in quotes with a line end takes two lines, and empty lines count too."""
    path = tmp_path / "a.csv"
    path.write_text(csv_with(cells, before=before))
    assert says in error_of(path)


def test_a_line_in_a_compressed_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(csv_with({30: "unknown"}).encode()))
    assert "'unknown' in 1 row; in line 32)" in error_of(path)


def test_a_missing_target_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,0\n2,\n3,1\n4,\n5,0\n")
    assert "'y' is missing in 2 of 5 rows, first in line 3." in error_of(path)


def test_a_bad_cell_of_parquet_has_its_row_and_file(tmp_path: Path) -> None:
    cells = [*NUMBERS[:-1], "none"]
    table = pa.table({"x": [f"{cell}.5" for cell in cells[:-1]] + ["none"], "y": [0, 1] * 20})
    parquet.write_table(table, tmp_path / "one.parquet")
    assert "'none' in 1 row; in row 40)" in error_of(tmp_path / "one.parquet")

    folder = tmp_path / "parts"
    folder.mkdir()
    parquet.write_table(table.slice(0, 30), folder / "a.parquet")
    parquet.write_table(table.slice(30), folder / "b.parquet")
    assert "'none' in 1 row; in row 10 of b.parquet)" in error_of(folder)


def test_a_row_that_is_not_there_has_no_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('x,y\n1,0\n2,1,3\n"3",0\n')
    table = open_table(path)
    assert [table.describe_row(row) for row in range(3)] == ["line 2", "line 4", ""]
