"""The trainer questions the columns that the table of docs/data.md says, and no others."""

import random
import re
import uuid
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.project import ROOT
from tests.support.tables.tables import Columns, write_csv
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

TEXT = (ROOT / "docs" / "data.md").read_text()
ROWS = 300
_TABLE = TEXT.partition("\n| column | question |\n|---|---|\n")[2].partition("\n\n")[0]
QUESTIONS = [
    tuple(cell.strip() for cell in line.strip("|").split(" |")) for line in _TABLE.splitlines()
]
FIRST = ("Anna", "Max", "Eva", "Jonas", "Lea", "Paul", "Mia")
LAST = ("Huber", "Maier", "Gruber", "Berger", "Moser", "Fuchs", "Wolf", "Lang", "Koch")
TOWNS = [
    *("Graz", "Wien", "Linz", "Salzburg", "Innsbruck", "Klagenfurt"),
    *("Villach", "Wels", "Dornbirn", "Steyr", "Feldkirch", "Bregenz"),
    *("Leonding", "Klosterneuburg", "Baden", "Wolfsberg", "Leoben", "Krems"),
    *("Traun", "Amstetten", "Kapfenberg", "Hallein", "Kufstein", "Traiskirchen"),
    *("Schwechat", "Braunau", "Stockerau", "Ansfelden", "Hohenems", "Tulln"),
    *("Telfs", "Ternitz", "Perchtoldsdorf", "Spittal", "Bludenz", "Marchtrenk"),
    *("Eisenstadt", "Schwaz", "Lustenau", "Rankweil", "Hard", "Vienna"),
]
FIELDS = (
    *("Sales", "Area", "Data", "Software", "Support", "Quality", "Product", "Finance"),
    *("Field", "Export"),
)
TITLES = ("Manager", "Engineer", "Analyst", "Lead")
PEOPLE = [f"{first} {last}" for last in LAST for first in FIRST]
RANDOM = random.Random(1)  # noqa: S311 - only test data
MAKERS: dict[str, list[str]] = {
    "19.99": [f"{100 + n * 37 % 1000}.99" for n in range(ROWS)],
    "48213": [str(price) for price in RANDOM.sample(range(1, 100_000), ROWS)],
    "1994": [str(1930 + n % 90) for n in range(90)],
    "Anna Huber": PEOPLE,
    "anna.huber@example.com": [f"{p.lower().replace(' ', '.')}@example.com" for p in PEOPLE],
    "+43 664 1234567": [f"+43 664 {1234567 + n * 1001}" for n in range(60)],
    "3f2b8c1e-77aa-4d0e-9a51-0c9d2e4b6f10": [
        str(uuid.UUID(int=RANDOM.getrandbits(128), version=4)) for _ in range(60)
    ],
    "C-00123": [f"C-{123 + n:05}" for n in range(60)],
    "alpha 7": [f"{name} {n}" for n in range(40) for name in ("alpha", "beta", "gamma")],
    "Graz": TOWNS,
    "Sales Manager": [f"{field} {title}" for title in TITLES for field in FIELDS],
}


def make_cells(column: str) -> list[str]:
    """Make the cells that the first cell of a row describes."""
    found = re.findall(r"`(.*?)`", column)
    if column.endswith("and so on, shuffled"):
        first, second, *_ = map(int, found)
        return shuffle(str(first + n * (second - first)) for n in range(ROWS))
    if such_as := re.match(r"(\d+) values", column):
        values = MAKERS[found[0]][: int(such_as[1])]
        assert len({*values}) == int(such_as[1])
        return shuffle(values[n % len(values)] for n in range(ROWS))
    counts = re.findall(r"`(.*?)` (\d+)", column)
    assert sum(int(count) for _, count in counts) == ROWS
    return shuffle(text for text, count in counts for _ in range(int(count)))


def shuffle(cells: Iterable[str]) -> list[str]:
    shuffled = list(cells)
    RANDOM.shuffle(shuffled)
    return shuffled


@pytest.mark.parametrize(("column", "question"), QUESTIONS, ids=str)
def test_a_column_has_the_question_of_the_table(tmp_path: Path, column: str, question: str) -> None:
    columns: Columns = {
        "x": make_cells(column),
        "z": [row * 7 % 13 / 2 for row in range(ROWS)],
        "y": [row // 2 % 2 for row in range(ROWS)],
    }
    path = write_csv(tmp_path / "table.csv", columns)

    data = load_dataset(TrainerSettings(dataset=path, target="y"), "accuracy")

    if question:
        (note,) = data.notes
        assert question.strip("`") in note
    else:
        assert data.notes == ()


def test_the_table_has_many_rows() -> None:
    assert len(QUESTIONS) >= 25
    assert sum(not question for _, question in QUESTIONS) >= 10


@pytest.mark.parametrize(("different", "is_questioned"), [(290, True), (100, False)])
def test_a_named_category_has_a_question_only_if_most_of_its_values_are_in_one_row(
    tmp_path: Path, different: int, is_questioned: bool
) -> None:
    columns: Columns = {
        "opened": [f"2024-03-14 {n % different:05}" for n in range(ROWS)],
        "z": [row * 7 % 13 / 2 for row in range(ROWS)],
        "y": [row // 2 % 2 for row in range(ROWS)],
    }
    path = write_csv(tmp_path / "table.csv", columns)

    settings = TrainerSettings(dataset=path, target="y", types='{"opened": "category"}')
    data = load_dataset(settings, "accuracy")

    expected = "'opened' has 290 different values in 300 rows. They are in few rows each"
    assert any(expected in note for note in data.notes) is is_questioned
