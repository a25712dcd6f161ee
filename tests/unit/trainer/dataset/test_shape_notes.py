"""Strings that people read as numbers or booleans get a note, or advice if they are refused."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from tests.unit.trainer.dataset.kind_tables import LABELS, NUMBERS, ROWS, load
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

LAPS = ["1m 20s", "58s", "1m 5s"] * (ROWS // 3)


def test_the_note_says_how_to_write_numbers_and_how_to_say_that_they_are_categories(
    tmp_path: Path,
) -> None:
    (note,) = load(tmp_path, {"lap": LAPS}).notes

    assert note == (
        "'lap' is read as strings such as '1m 20s', which look like durations. To read numbers, "
        "write all of them in one unit, such as hours. If they are categories, set "
        """TRAINER_TYPES='{"lap": "category"}'"""
    )
    assert load(tmp_path, {"lap": LAPS}, types='{"lap": "category"}').notes == ()


def test_strings_in_parquet_and_the_target_get_the_note_too(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    parquet.write_table(pa.table({"y": LABELS, "lap": LAPS, "x": [*map(float, NUMBERS)]}), path)
    (note,) = load_dataset(TrainerSettings(dataset=path, target="lap"), "accuracy").notes[-1:]
    assert "'lap' is read as strings such as '1m 20s', which look like durations" in note


def test_refused_strings_are_described_too(tmp_path: Path) -> None:
    laps = [f"{n}m {n * 7 % 60}s" for n in range(ROWS)]
    weights = [f"{n}.5 kg" for n in range(ROWS)]
    with pytest.raises(DatasetError) as refusal:
        load(tmp_path, {"lap": laps, "weight": weights, "name": [f"n{n}" for n in range(ROWS)]})
    assert (
        "Strings of 'lap' such as '0m 0s' look like durations: to read numbers, write all of them "
        "in one unit, such as hours. Strings of 'weight' such as '0.5 kg' look like numbers with "
        "a unit: to read numbers, remove the unit from these cells. Change them, or drop them"
    ) in str(refusal.value)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        *(("Yes", "No"), ("ja", "nein"), ("J", "N"), ("oui", "non"), ("Sì", "no"), ("sim", "não")),
        *(("ja", "nee"), ("vrai", "faux"), ("WAHR", "FALSCH"), ("y", "n"), ("vero", "falso")),
    ],
)
def test_words_for_yes_and_no_are_read_as_booleans_if_the_note_is_followed(
    tmp_path: Path, true: str, false: str
) -> None:
    cells = [true, false, false] * (ROWS // 3)
    columns = {"paid": cells, "sent": cells, "x": NUMBERS}
    data = load(tmp_path, columns)

    (note,) = data.notes
    assert [feature.type for feature in data.schema.features[:2]] == ["category", "category"]
    assert "and 'sent' likewise. To read booleans, which are true and false in requests" in note
    setting = note.partition("TRAINER_TYPES='")[2].rstrip("'")
    assert json.loads(setting) == {"paid": "boolean", "sent": "boolean"}
    booleans = load(tmp_path, columns, types=setting)
    assert [feature.type for feature in booleans.schema.features[:2]] == ["boolean", "boolean"]
    assert booleans.rows[:3, 0].tolist() == [1, 0, 0]
    assert booleans.notes == ()


@pytest.mark.parametrize("cells", [("s", "n"), ("on", "off"), ("yes", "nein"), ("ja", "no")])
def test_other_words_get_no_note(tmp_path: Path, cells: tuple[str, str]) -> None:
    assert load(tmp_path, {"x": [*cells] * (ROWS // 2)}).notes == ()


def test_the_words_of_the_target_are_its_classes(tmp_path: Path) -> None:
    data = load(tmp_path, {"x": NUMBERS, "z": ["ja", "nein"] * (ROWS // 2)}, target="z", drop="y")
    assert data.schema.classes == ("ja", "nein")
    assert data.notes == ()
