"""A column is not proposed for TRAINER_DROP because of a few bad cells."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from tests.support.tables.tables import names
from tests.unit.trainer.dataset.kind_tables import LABELS, NUMBERS, ROWS, load
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

PRICES = [f"{n}.{n % 9 + 1}" for n in range(ROWS)]
"""Numbers that all differ."""
WORDS = ["red", "green", "blue"] * (ROWS // 3)
NOTE = "word " * 60


def with_bad(cells: Sequence[str], *bad: str) -> list[str]:
    """Return the cells with a few bad ones in place of the first."""
    return [*bad, *cells[len(bad) :]]


NUMBERS_WITH_CODES: dict[str, list[str]] = {
    "leading zeros": with_bad(PRICES, "00.5", "007"),
    "two spellings": with_bad(PRICES, "70.1", "70.10"),
    "a phone number": with_bad(PRICES, "+436641234567"),
    "a long number": with_bad(PRICES, "9007199254740993"),
    "a leading zero and a mark": with_bad(PRICES, "007", "?", "?"),
}


@pytest.mark.parametrize("cells", NUMBERS_WITH_CODES.values(), ids=NUMBERS_WITH_CODES)
def test_numbers_with_a_few_codes_are_read_with_the_settings_of_the_message(
    tmp_path: Path, cells: list[str]
) -> None:
    with pytest.raises(
        DatasetError, match="""TYPES='{"x": "number"}' to read numbers.$"""
    ) as error:
        load(tmp_path, {"x": cells})

    assert "TRAINER_DROP" not in str(error.value)
    missing = "?" if "TRAINER_MISSING='?' TRAINER_TYPES" in str(error.value) else ""
    data = load(tmp_path, {"x": cells}, missing=missing, types='{"x": "number"}')
    assert data.schema.features[0].type == "number"
    assert ("?" in cells) == bool(missing)


BAD_CELLS: dict[str, list[str]] = {
    "infinite": with_bad(NUMBERS, "inf", "-inf"),
    "too large": with_bad(NUMBERS, "1e300", "1e300"),
    "a long string": with_bad(WORDS, NOTE, NOTE + "2"),
}


@pytest.mark.parametrize("cells", BAD_CELLS.values(), ids=BAD_CELLS)
def test_a_few_bad_cells_are_to_be_corrected(tmp_path: Path, cells: list[str]) -> None:
    with pytest.raises(DatasetError) as error:
        load(tmp_path, {"x": cells})

    assert str(error.value).endswith("Correct these cells of 'x', or leave them empty.")
    empty = ["" if cell in {*cells[:2]} else cell for cell in cells]
    assert load(tmp_path, {"x": empty}).schema.features[0].nullable


def test_only_the_other_columns_are_to_be_left_out(tmp_path: Path) -> None:
    columns = {
        "score": with_bad(NUMBERS, "inf", "inf"),
        "price": with_bad(PRICES, "70.1", "70.10"),
        "slot": [f"{8 + n % 9:02}:30" for n in range(ROWS)],
        "name": [f"n{n}" for n in range(ROWS)],
        "size": NUMBERS,
    }

    with pytest.raises(DatasetError) as error:
        load(tmp_path, columns, drop="size")

    types = """TRAINER_TYPES='{"price": "number", "slot": "category"}'"""
    assert str(error.value).endswith(
        f"Correct these cells of 'score', or leave them empty. Set {types} to read numbers. Change "
        f"the others, or either read times of day with {types} and drop the rest with "
        "TRAINER_DROP=size,name, or drop them with TRAINER_DROP=size,slot,name"
    )


@pytest.mark.parametrize("bad", [2, ROWS // 2])
def test_floats_of_a_parquet_file_are_counted_too(tmp_path: Path, bad: int) -> None:
    values = np.arange(ROWS) * 7 % 23 + 0.5
    values[:bad] = np.inf
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"x": values, "y": [*map(int, LABELS)]}), path)

    with pytest.raises(DatasetError, match=f"infinite values in {bad} rows") as error:
        load_dataset(TrainerSettings(dataset=path, target="y"), "accuracy")

    assert ("TRAINER_DROP=x" in str(error.value)) == (bad > 2)


CODES: dict[str, dict[str, Any]] = {
    "codes": {"x": [f"{n:05}" for n in range(ROWS)]},
    "identifiers": {"x": [f"id {n}" for n in range(ROWS)]},
}


@pytest.mark.parametrize("columns", CODES.values(), ids=CODES)
def test_identifiers_are_still_to_be_left_out(tmp_path: Path, columns: dict[str, Any]) -> None:
    with pytest.raises(DatasetError, match="drop them with TRAINER_DROP=x$"):
        load(tmp_path, columns)

    assert names(load(tmp_path, {**columns, "z": NUMBERS}, drop="x")) == ("z",)
