"""A table is read as its cells say, or as TRAINER_TYPES and TRAINER_MISSING say."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from shared.inference.feature_encoding import decode_value
from tests.unit.trainer.dataset.kind_tables import NUMBERS, ROWS, load, with_others
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings


def load_parquet(folder: Path, columns: Mapping[str, Any], **settings: Any) -> Dataset:
    path = folder / "table.parquet"
    parquet.write_table(pa.table({"y": [0, 1] * (ROWS // 2), **columns}), path)
    return load_dataset(TrainerSettings(dataset=path, target="y", **settings), "accuracy")


def people_read(data: Dataset, column: str) -> list[Any]:
    names = [feature.name for feature in data.schema.features]
    feature = data.schema.features[names.index(column)]
    return [decode_value(feature, number) for number in data.rows[:, names.index(column)]]


def test_one_message_names_all_unclear_columns_and_the_settings(tmp_path: Path) -> None:
    columns = {
        "power": with_others("?", "-", "?"),
        "price": with_others("$1,234.50"),
        "range": with_others("\\N"),
        "weight": NUMBERS,
    }

    with pytest.raises(DatasetError) as refusal:
        load(tmp_path, columns)

    message = str(refusal.value)
    for part in (
        "'power' (numbers, except '?' in 2 rows, '-' in 1 row; the first is in line",
        "'price' (numbers, except '$1,234.50' in 1 row)",
        r"'range' (numbers, except '\\N' in 1 row; in line",
        """Set TRAINER_MISSING='?,-,\\N' TRAINER_TYPES='{"price": "number"}' if these""",
        "' if these are numbers and missing values, set TRAINER_TYPES=",
        """TRAINER_TYPES='{"power": "category", "price": "category", "range": "category"}'""",
    ):
        assert part in message
    assert "weight" not in message


def proposed(message: str) -> dict[str, str]:
    """Return the first value of each setting that a message proposes, as a shell reads it."""
    found: dict[str, str] = {}
    for part in message.split("TRAINER_")[1:]:
        name, _, value = part.partition("=")
        has_quotes = value.startswith("'")
        quoted = value.rpartition("'")[0] + "'" if has_quotes else value.split(maxsplit=1)[0]
        found.setdefault(name, shlex.split(quoted)[0])
    return {name.lower(): value for name, value in found.items()}


STEPS: dict[str, tuple[list[str], dict[str, str]]] = {
    "marks": (with_others("?", "-", "\\N", "#REF!"), {}),
    "marks with commas and quotes": (with_others("a, b", "it's", "[x]"), {}),
    "more marks": (with_others("?", "-"), {"missing": "-"}),
    "marks of one column": (with_others("?", "-"), {"missing": '{"x": ["-"]}'}),
    "money": (with_others("$1,234.50"), {}),
    "decimal commas and marks": (["3,5", "4,25", *NUMBERS[3:], "?"], {}),
    "money and marks": (with_others("$1,234.50", "?"), {}),
}


@pytest.mark.parametrize(("cells", "settings"), STEPS.values(), ids=STEPS)
def test_the_settings_that_are_proposed_lead_to_numbers(
    tmp_path: Path, cells: list[str], settings: dict[str, str]
) -> None:
    with pytest.raises(DatasetError) as refusal:
        load(tmp_path, {"x": cells}, **settings)
    chosen = proposed(str(refusal.value))
    if "category" in chosen.get("types", ""):
        del chosen["types"]

    data = load(tmp_path, {"x": cells}, **(settings | chosen))

    assert data.schema.features[0].type == "number"
    others = len({*cells} - {*NUMBERS, "$1,234.50", "3,5", "4,25"})
    assert np.count_nonzero(np.isnan(data.rows[:, 0])) == others


PAIRS: dict[str, tuple[list[str], str]] = {
    "whole numbers": (with_others("NA"), "number"),
    "fractions": ([*[f"{n}.5" for n in NUMBERS[1:]], "NA"], "number"),
    "thousands": (with_others("1,234", "NA"), "number"),
    "booleans": ([*["true", "false"] * (ROWS // 2 - 1), "NA", "true"], "boolean"),
}


@pytest.mark.parametrize(("cells", "type_"), PAIRS.values(), ids=PAIRS)
def test_the_settings_for_strings_in_parquet_are_complete(
    tmp_path: Path, cells: list[str], type_: str
) -> None:
    with pytest.raises(DatasetError, match=f"if these are {type_}s and missing values") as refusal:
        load_parquet(tmp_path, {"x": cells})

    data = load_parquet(tmp_path, {"x": cells}, **proposed(str(refusal.value)))

    (feature,) = data.schema.features
    assert (feature.type, feature.nullable) == (type_, True)
    assert data.notes == ()


def test_a_column_may_be_kept_as_a_category(tmp_path: Path) -> None:
    cells = ["1", "2", "3+"] * (ROWS // 3)
    unique = [f"{n}+" for n in range(ROWS)]
    types = '{"rooms": "category", "code": "category"}'

    data = load(tmp_path, {"rooms": cells, "code": unique}, types=types)

    rooms, code = data.schema.features
    assert rooms.categories == ("1", "2", "3+")
    assert code.categories is not None
    assert len(code.categories) == ROWS, "a person says that they are not identifiers"
    (note,) = data.notes
    assert note.startswith(f"'code' has {ROWS} different values in {ROWS} rows.")


def test_a_code_is_a_category_with_a_note_that_says_how_to_read_numbers(tmp_path: Path) -> None:
    cells = ["007", "7", "0042", "42"] * (ROWS // 4)

    data = load(tmp_path, {"article": cells})

    assert people_read(data, "article") == cells
    (note,) = data.notes
    assert note == (
        "'article' is read as strings, because '007' begins with a zero. If it holds numbers, "
        """set TRAINER_TYPES='{"article": "number"}'"""
    )
    numbers = load(tmp_path, {"article": cells}, types=proposed(note)["types"])
    assert people_read(numbers, "article") == [7, 7, 42, 42] * (ROWS // 4)
    assert numbers.notes == ()


def test_codes_that_all_differ_are_refused_with_the_reason(tmp_path: Path) -> None:
    reason = r"'id' \(all values differ, .*; strings, because '00000' begins with a zero\)"
    with pytest.raises(DatasetError, match=reason):
        load(tmp_path, {"id": [f"{n:05}" for n in range(ROWS)]})


def test_a_column_has_its_own_missing_spellings(tmp_path: Path) -> None:
    region, plan = ["NA", "EU", "?"] * (ROWS // 3), ["NA", "a", "?"] * (ROWS // 3)
    setting = '{"region": [], " plan": ["? "]}'

    data = load(tmp_path, {"region": region, "plan": plan, "other": plan}, missing=setting)

    assert people_read(data, "region")[:3] == ["NA", "EU", "?"]
    assert people_read(data, "plan")[:3] == ["NA", "a", None]
    assert people_read(data, "other")[:3] == [None, "a", "?"]
    found = [feature.missing_values for feature in data.schema.features]
    assert found == [(), ("?",), None]
    assert "NA" in data.schema.missing_values


def test_missing_spellings_are_missing_in_every_column(tmp_path: Path) -> None:
    columns = {
        "power": with_others(" ?", "-"),
        "plan": ["a", "?", "-"] * (ROWS // 3),
        "paid": ["true", "false", "-"] * (ROWS // 3),
    }

    data = load(tmp_path, columns, missing="?,-")

    assert [feature.type for feature in data.schema.features] == ["number", "category", "boolean"]
    assert all(feature.nullable for feature in data.schema.features)
    assert np.isnan(data.rows[-2:, 0]).all()
    assert people_read(data, "plan")[:3] == ["a", None, None]
    assert people_read(data, "paid")[:3] == [True, False, None]
    assert data.schema.missing_values[-2:] == ("?", "-")


def test_a_mark_among_strings_is_a_category_with_a_note(tmp_path: Path) -> None:
    data = load(tmp_path, {"plan": ["a", "?"] * (ROWS // 2)})

    assert people_read(data, "plan")[:2] == ["a", "?"]
    (note,) = data.notes
    assert note == (
        "'plan' has the category '?' in 30 rows. If it means a missing value, set "
        "TRAINER_MISSING='?'"
    )


def test_strings_in_parquet_are_looked_at_too(tmp_path: Path) -> None:
    cells = with_others("?")
    with pytest.raises(DatasetError, match=r"'x' \(numbers, except '\?' in 1 row; in row 60\)"):
        load_parquet(tmp_path, {"x": cells})
    with pytest.raises(DatasetError, match="'x' .strings, but all of them are numbers."):
        load_parquet(tmp_path, {"x": [f"{cell}.5" for cell in NUMBERS]})

    data = load_parquet(tmp_path, {"x": cells, "ward": NUMBERS}, missing="?")

    assert [feature.type for feature in data.schema.features] == ["category", "category"]
    assert [note.partition(",")[0] for note in data.notes] == [
        "'x' is read as strings",
        "'ward' is read as strings",
    ]
    numbers = load_parquet(tmp_path, {"x": cells}, missing="?", types='{"x": "number"}')
    assert numbers.schema.features[0].type == "number"
    assert np.isnan(numbers.rows[-1, 0])


CASTS: dict[str, tuple[pa.Array, str, list[Any]]] = {
    "whole numbers": (pa.array([1, None, 20]), "category", ["1", None, "20"]),
    "fractions": (pa.array([1.5, float("nan"), 2.0]), "category", ["1.5", None, "2"]),
    "booleans": (pa.array([True, None, False]), "category", ["true", None, "false"]),
    "times of day": (pa.array(["08:00", None, "09:30"]), "category", ["08:00", None, "09:30"]),
    "a dictionary of codes": (
        pa.array(["01", None, "2"]).dictionary_encode(),
        "number",
        [1, None, 2],
    ),
    "booleans as numbers": (pa.array([True, None, False]), "number", [1, None, 0]),
    "zeros and ones": (pa.array([1, None, 0]), "boolean", [True, None, False]),
    "floats of zeros and ones": (pa.array([1.0, None, 0.0]), "boolean", [True, None, False]),
    "words": (pa.array(["yes", "", "No"]), "boolean", [True, None, False]),
    "decimal commas": (pa.array(["1,5", None, "2"]), "number with decimal comma", [1.5, None, 2]),
}


@pytest.mark.parametrize(("column", "type_", "expected"), CASTS.values(), ids=CASTS)
def test_a_setting_overrules_the_type_of_a_parquet_file(
    tmp_path: Path, column: pa.Array, type_: str, expected: list[Any]
) -> None:
    cells = pa.concat_arrays([pa.array(column)] * (ROWS // 3))

    data = load_parquet(tmp_path, {"x": cells}, types=f'{{"x": "{type_}"}}')

    assert people_read(data, "x") == expected * (ROWS // 3)
    assert data.notes == ()


def test_the_keys_of_rows_are_read_as_they_are_spelled(tmp_path: Path) -> None:
    codes = ["007", "7", "1.50", "?"] * (ROWS // 4)
    numbers = ["7", "8", "1.50", "9"] * (ROWS // 4)

    for cells, expected in ((codes, codes), (numbers, ["7", "8", "1.5", "9"] * (ROWS // 4))):
        data = load(tmp_path, {"x": NUMBERS, "id": cells}, row_key="id")
        assert data.keys is not None
        assert data.keys.tolist() == expected


def test_cells_that_never_fit_a_type_are_not_proposed_as_missing_values(tmp_path: Path) -> None:
    cells = ["paid", "open"] * (ROWS // 2)

    with pytest.raises(DatasetError) as refusal:
        load(tmp_path, {"paid": cells}, types='{"paid": "boolean"}')

    message = str(refusal.value)
    assert "TRAINER_MISSING" not in message
    setting = proposed(message.partition("Set ")[2])["types"]
    data = load(tmp_path, {"paid": cells}, types=setting)
    assert people_read(data, "paid") == cells


def test_mixed_units_are_not_proposed_as_numbers(tmp_path: Path) -> None:
    cells = ["12%", "7%", "0.5"] * (ROWS // 3)

    with pytest.raises(DatasetError) as refusal:
        load(tmp_path, {"share": cells})

    assert "'share' (numbers with '%' in 40 rows, 'no unit' in 20 rows)" in str(refusal.value)
    data = load(tmp_path, {"share": cells}, types=proposed(str(refusal.value))["types"])
    assert people_read(data, "share") == cells
