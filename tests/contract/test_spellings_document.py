"""The trainer reads every spelling and format as the tables of docs/data.md say."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import DatasetError
from tests.support.project import ROOT
from tests.support.tables.tables import Columns, write_csv
from trainer.dataset.columns.column_settings import TYPES, parse_settings
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.problems import Problems
from trainer.settings import TrainerSettings
from trainer.tables.columns.column_kind import MIN_NUMBERS, MOST

TEXT = (ROOT / "docs" / "data.md").read_text()
ROWS = 120
NOT_READ = "not read"


def rows_of(header: str) -> Iterator[list[str]]:
    """Yield the rows of the table with this header."""
    table = TEXT.partition(f"{header}\n")[2].partition("\n\n")[0]
    for line in table.splitlines()[1:]:
        yield [cell.strip() for cell in line.strip("|").split(" |")]


SPELLINGS = [
    (re.findall("`(.*?)`", cells), read, message.strip("`"))
    for cells, read, message in rows_of("| cells | read as | note or message |")
]
NUMBERS = [
    (type_.strip("`"), cell.strip("`"), float(number))
    for type_, cell, number in rows_of("| type | cell | number |")
]


def load(folder: Path, cells: list[str], types: str = "") -> Dataset:
    """Load a CSV file with these cells again and again in column x, as they are written."""
    columns: Columns = {
        "x": [f'"{cells[row % len(cells)]}"' for row in range(ROWS)],
        "z": [row * 7 % 13 / 2 for row in range(ROWS)],
        "y": [row // 2 % 2 for row in range(ROWS)],
    }
    path = write_csv(folder / "table.csv", columns)
    return load_dataset(TrainerSettings(dataset=path, target="y", types=types), "accuracy")


@pytest.mark.parametrize(("cells", "read", "message"), SPELLINGS, ids=str)
def test_cells_are_read_as_the_table_says(
    tmp_path: Path, cells: list[str], read: str, message: str
) -> None:
    if read == NOT_READ:
        with pytest.raises(DatasetError) as refusal:
            load(tmp_path, cells)
        assert message
        assert message in str(refusal.value)
        return
    data = load(tmp_path, cells)
    assert data.schema.features[0].type == read
    notes = [note for note in data.notes if "'x'" in note and "one value" not in note]
    if message:
        (note,) = notes
        assert message in note
    else:
        assert notes == []


@pytest.mark.parametrize(("type_", "cell", "number"), NUMBERS)
def test_a_chosen_type_reads_the_number_that_the_table_says(
    tmp_path: Path, type_: str, cell: str, number: float
) -> None:
    data = load(tmp_path, [cell], f'{{"x": "{type_}"}}')

    assert data.schema.features[0].type == "number"
    assert set(data.rows[:, 0]) == {number}


def test_the_tables_have_many_rows() -> None:
    assert len(SPELLINGS) >= 50
    assert len({str(cells) for cells, _, _ in SPELLINGS}) == len(SPELLINGS)
    assert len(NUMBERS) >= 15


def test_every_type_is_described() -> None:
    types = [row[0].strip("`") for row in rows_of("| type | cells |")]
    assert types == list(TYPES)


@pytest.mark.parametrize("setting", ["TYPES", "MISSING"])
def test_the_settings_that_are_shown_are_valid(setting: str) -> None:
    commands = re.findall(rf"^export TRAINER_{setting}=.*$", TEXT, re.MULTILINE)
    assert commands
    for command in commands:
        shell = subprocess.run(
            ["sh", "-e", "-c", f'{command}\nprintf %s "$TRAINER_{setting}"'],
            capture_output=True,
            text=True,
            check=True,
        )
        values = (shell.stdout, "") if setting == "TYPES" else ("", shell.stdout)
        problems = Problems()
        found = parse_settings(*values, (), problems)
        problems.require_none()
        assert found.types or found.missing.everywhere or found.missing.by_column


def test_the_limits_are_those_of_the_code() -> None:
    assert f"at least {MOST:.0%} of its cells look like numbers".replace("%", " %") in TEXT
    assert MIN_NUMBERS == 10
    assert "ten or more different numbers" in TEXT
