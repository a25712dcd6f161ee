"""Columns of many numbers with decimal commas or marks between thousands are read or refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.errors import DatasetError
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

ROWS = 3000
"""More than the different cells that are counted one by one."""


def load(folder: Path, cell: Callable[[int], str], *, other: str = "7", **settings: Any) -> Dataset:
    """Load a file with semicolons, a column of these cells, and one that always is *other*."""
    rows = [f"{cell(n)};{other};{'ab'[n % 2]}" for n in range(ROWS)]
    (folder / "t.csv").write_text("\n".join(["x;z;y", *rows]))
    own = TrainerSettings(dataset=folder / "t.csv", target="y", **settings)
    return load_dataset(own, "accuracy")


def shuffle(row: int) -> int:
    return row * 1777 % ROWS


def test_many_decimal_commas_are_numbers(tmp_path: Path) -> None:
    data = load(tmp_path, lambda n: f"{shuffle(n)},25")

    assert data.rows[1, 0] == 1777.25
    assert "'x' has decimal commas: '0,25' is 0.25." in data.notes


def test_a_late_cell_that_is_not_a_number_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="'x' .*numbers such as '0,25'"):
        load(tmp_path, lambda n: f"{shuffle(n)},25" if n < ROWS - 1 else "1,2,5")


def test_many_numbers_with_two_readings_need_a_setting(tmp_path: Path) -> None:
    def cell(row: int) -> str:
        return f"{1 + shuffle(row) // 1000}.{shuffle(row) % 1000:03}"

    with pytest.raises(DatasetError, match=r"is 2\.777, or 2777 with marks between thousands"):
        load(tmp_path, cell)
    as_comma = load(tmp_path, cell, csv='{"decimal": ","}')
    as_point = load(tmp_path, cell, csv='{"decimal": "."}')
    shown = load(tmp_path, cell, other="0.5")

    assert as_comma.rows[1, 0] == 2777
    assert as_point.rows[1, 0] == shown.rows[1, 0] == 2.777


def test_a_type_of_a_column_precedes_the_decimal_mark(tmp_path: Path) -> None:
    data = load(
        tmp_path,
        lambda n: f"1.{shuffle(n) % 900 + 100}",
        csv='{"decimal": ","}',
        types='{"x": "number"}',
    )

    assert data.rows[0, 0] == 1.1
