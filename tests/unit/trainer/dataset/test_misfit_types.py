"""A type of TRAINER_TYPES that hardly fits is questioned, not the many cells."""

import re
from pathlib import Path
from typing import Any

import pytest

from shared.errors import DatasetError
from tests.support.tables.tables import write_csv
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

COMMA = "number with decimal comma"
PLAIN = [f"{n + 1000}.{n % 9 + 1}" for n in range(60)]
FEW = ["1.234,5", "1.235,5"]
COMMAS = [text.replace(".", ",") for text in PLAIN]
TOWNS = [f"Town {letter}" for letter in "ABCDEFGH"] * 7


def problem(folder: Path, cells: list[str], type_: str, **settings: Any) -> str:
    quoted = [f'"{text}"' for text in cells]
    columns: dict[str, list[Any]] = {"x": quoted, "y": [n % 2 for n in range(len(cells))]}
    columns["z"] = [n * 3 % 7 for n in range(len(cells))]
    path = write_csv(folder / "table.csv", columns)
    types = f'{{"x": "{type_}"{settings.pop("more", "")}}}'
    with pytest.raises(DatasetError) as found:
        load_dataset(TrainerSettings(dataset=path, target="y", types=types, **settings), "accuracy")
    return str(found.value)


@pytest.mark.parametrize(
    ("cells", "type_", "reason"),
    [
        (
            [*PLAIN, *FEW],
            COMMA,
            "most cells are numbers with decimal point, except '1.234,5' in 1 row, '1.235,5'",
        ),
        (
            [*COMMAS, "12.5"],
            "number",
            "most cells are numbers with decimal comma, except '12.5' in 1 row",
        ),
        ([*TOWNS, "5", "6"], "number", "only 2 of 58 cells fit; others are 'Town A' in 7 rows"),
        ([*TOWNS, "5,5", "6"], COMMA, "only 2 of 58 cells fit; others are 'Town A' in 7 rows"),
        ([*TOWNS, "yes", "no"], "boolean", "only 2 of 58 cells fit; others are"),
        (PLAIN * 20 + [f"{n}.5" for n in range(1100)], "boolean", "more than 1000 values differ"),
    ],
)
def test_the_type_is_removed_and_no_cell_is_a_missing_value(
    tmp_path: Path, cells: list[str], type_: str, reason: str
) -> None:
    said = problem(tmp_path, cells, type_)
    assert reason in said
    assert re.search(
        r"\. Remove TRAINER_TYPES( and correct the [12] other cells?)? to read 'x' by its cells\.",
        said,
    )
    assert ("and correct" in said) == ("except" in said)
    assert "TRAINER_MISSING" not in said
    assert "category" not in said


def test_more_values_than_are_counted_one_by_one_have_the_same_advice(tmp_path: Path) -> None:
    said = problem(tmp_path, [f"{n}.{n % 9 + 1}" for n in range(1500)] + FEW, COMMA)
    assert "most cells are numbers with decimal point). Remove TRAINER_TYPES to" in said


def test_the_other_types_stay(tmp_path: Path) -> None:
    said = problem(tmp_path, [*PLAIN, *FEW], COMMA, more=', "z": "category"')
    assert (
        """Set TRAINER_TYPES='{"z": "category"}' and correct the 2 other cells to read 'x'"""
        in said
    )


def test_a_type_that_most_cells_fit_stays(tmp_path: Path) -> None:
    said = problem(tmp_path, [*COMMAS, "12.5", "closed"], COMMA)
    assert "except '12.5' in 1 row, 'closed' in 1 row" in said
    assert "Remove TRAINER_TYPES" not in said


def test_marks_of_missing_values_may_be_most_cells(tmp_path: Path) -> None:
    said = problem(tmp_path, ["5", "6", *["?"] * 9], "number")
    assert "TRAINER_MISSING='?'" in said


def test_a_column_of_measurements_is_not_read_as_strings_first(tmp_path: Path) -> None:
    rooms = ["1", "2", "3+"] * 20
    columns: dict[str, list[Any]] = {"x": [*PLAIN[2:], "7", '"1.234,5"'], "rooms": rooms}
    path = write_csv(tmp_path / "table.csv", {**columns, "y": [0, 1] * 30})
    with pytest.raises(DatasetError) as found:
        load_dataset(TrainerSettings(dataset=path, target="y"), "accuracy")
    assert """. Set TRAINER_TYPES='{"rooms": "category"}' to read strings, set""" in str(
        found.value
    )


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (
            ["1", "2", "3+"] * 9,
            """Set TRAINER_TYPES='{"x": "category"}' to read strings, set TRAINER_M""",
        ),
        ([*PLAIN, "<1000"], "Set TRAINER_MISSING='<1000' if these"),
        (["1", "2", "?"] * 9, "Set TRAINER_MISSING='?' if these"),
    ],
)
def test_cells_with_digits_are_strings_before_they_are_missing_values(
    tmp_path: Path, cells: list[str], first: str
) -> None:
    columns: dict[str, list[Any]] = {"x": cells, "y": [n % 2 for n in range(len(cells))]}
    path = write_csv(tmp_path / "table.csv", columns)
    with pytest.raises(DatasetError) as found:
        load_dataset(TrainerSettings(dataset=path, target="y"), "accuracy")
    assert first in str(found.value)
