"""Row numbers and row names that tools write are not features, and a note says so."""

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shared.errors import DatasetError
from tests.support.tables.tables import names
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

ROWS = 200
RANDOM = np.random.default_rng(5)
NOISE = pd.DataFrame({"x": RANDOM.normal(size=ROWS), "label": np.arange(ROWS) // 100})
FILTERED = NOISE[NOISE.x > -1]
SHUFFLED = NOISE.sample(frac=1, random_state=1)
JOINED = pd.concat([NOISE, NOISE])
LEVELS = pd.concat({"a": NOISE, "b": NOISE}).reset_index(level=0, drop=True)
PAIRS = NOISE.set_index([np.arange(ROWS) // 10, np.arange(ROWS) % 10])
CARS = NOISE.set_index(pd.Index([f"car {number}" for number in range(ROWS)]))
DAYS = NOISE.set_index(pd.date_range("2024-01-01", periods=ROWS))

TABLES: dict[str, tuple[pd.DataFrame, str]] = {
    "as it is": (NOISE, "Unnamed: 0"),
    "filtered": (FILTERED, "Unnamed: 0"),
    "shuffled": (SHUFFLED, "Unnamed: 0"),
    "joined": (JOINED, "Unnamed: 0"),
    "joined with levels": (LEVELS, "Unnamed: 0"),
    "drawn with replacement": (NOISE.sample(ROWS, replace=True, random_state=1), "Unnamed: 0"),
    "one row in ten": (NOISE[::7], "Unnamed: 0"),
    "backwards": (NOISE[::-1], "Unnamed: 0"),
    "with names": (CARS, "Unnamed: 0"),
    "with days": (DAYS, "Unnamed: 0"),
    "index": (FILTERED.reset_index(), "index"),
    "index, shuffled": (SHUFFLED.reset_index(), "index"),
    "index, joined": (JOINED.reset_index(), "index"),
    "row_nr": (NOISE.rename_axis("row_nr"), "row_nr"),
    "a name of its own": (NOISE.rename_axis("measurement"), "measurement"),
    "a name of its own, shuffled": (SHUFFLED.rename_axis("measurement"), "measurement"),
    "a name of its own, filtered": (FILTERED.rename_axis("measurement"), "measurement"),
    "an identifier": (SHUFFLED.rename_axis("PassengerId"), "PassengerId"),
}


def load(path: Path, target: str = "label", **settings: Any) -> Dataset:
    settings = {"dataset": path, "target": target, **settings}
    return load_dataset(TrainerSettings.model_validate(settings), "accuracy")


def as_csv(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path, index="index" not in table)
    return path


@pytest.mark.parametrize("name", TABLES)
def test_the_index_in_a_csv_file_is_left_out_with_a_note(tmp_path: Path, name: str) -> None:
    table, column = TABLES[name]

    data = load(as_csv(table, tmp_path / "a.csv"))

    assert names(data) == ("x",)
    assert data.rows.tolist() == table[["x"]].to_numpy().tolist()
    (note,) = data.notes
    assert note.startswith(f"{column!r} ")
    has_advice = f"""TRAINER_TYPES='{{"{column}": """ in note
    assert has_advice == ("names the rows" not in note)


@pytest.mark.parametrize("name", ["filtered", "shuffled", "joined", "with names", "with days"])
def test_the_index_in_a_parquet_file_is_left_out_with_a_note(tmp_path: Path, name: str) -> None:
    table, _ = TABLES[name]
    table.to_parquet(tmp_path / "a.parquet")

    data = load(tmp_path / "a.parquet")

    assert names(data) == ("x",)
    assert data.notes[0].startswith("'__index_level_0__' is an index that pandas wrote")


def test_both_levels_of_an_index_without_names_are_left_out(tmp_path: Path) -> None:
    PAIRS.to_parquet(tmp_path / "a.parquet")
    PAIRS.to_csv(tmp_path / "b.csv")
    PAIRS.reset_index().to_csv(tmp_path / "c.csv", index=False)

    assert names(load(tmp_path / "a.parquet")) == ("x",)
    assert names(load(tmp_path / "c.csv")) == ("x",)
    with pytest.raises(DatasetError, match=r"'Unnamed: 1' \(no name in the file\)"):
        load(tmp_path / "b.csv")


def test_an_index_with_a_name_and_data_is_a_feature(tmp_path: Path) -> None:
    ages = RANDOM.integers(18, 90, ROWS)
    NOISE.set_index(pd.Index(ages, name="age")).to_parquet(tmp_path / "a.parquet")

    data = load(tmp_path / "a.parquet")

    assert names(data) == ("x", "age")
    assert data.notes == ()


def test_a_table_that_was_read_and_written_twice_has_two_counters(tmp_path: Path) -> None:
    path = as_csv(SHUFFLED, tmp_path / "a.csv")
    for _ in range(2):
        pd.read_csv(path).to_csv(path)

    data = load(path)

    assert names(data) == ("x",)
    assert {note.partition("' ")[0] for note in data.notes} == {
        *("'Unnamed: 0", "'Unnamed: 0.1", "'Unnamed: 0.2")
    }


@pytest.mark.parametrize(
    ("header", "line"),
    [
        pytest.param("x,label,", "{x},{label},", id="a comma behind each line"),
        pytest.param('"","x","label"', '"{row}",{x},{label}', id="the row names of R"),
        pytest.param(",x,label,,", "{row},{x},{label},,", id="row numbers, and commas behind"),
        pytest.param('" ",x,label', "{row},{x},{label}", id="a blank as a name"),
    ],
)
def test_columns_without_a_name_are_left_out(tmp_path: Path, header: str, line: str) -> None:
    rows = NOISE.itertuples(name=None)
    lines = [line.format(row=row + 1, x=x, label=label) for row, x, label in rows]
    (tmp_path / "a.csv").write_text("\n".join([header, *lines]) + "\n")

    data = load(tmp_path / "a.csv")

    assert names(data) == ("x",)
    assert data.rows.tolist() == NOISE[["x"]].to_numpy().tolist()
    assert data.notes
    assert all(note.startswith("'Unnamed: ") for note in data.notes)


def test_data_without_a_name_is_refused_with_the_name_that_settings_take(tmp_path: Path) -> None:
    path = as_csv(NOISE.set_index(pd.Index(RANDOM.normal(size=ROWS))), tmp_path / "a.csv")

    with pytest.raises(DatasetError, match=r"'Unnamed: 0' \(no name in the file\).*DROP='Unn"):
        load(path)

    assert names(load(path, drop="Unnamed: 0")) == ("x",)


def test_settings_that_name_a_counter_win(tmp_path: Path) -> None:
    path = as_csv(NOISE, tmp_path / "a.csv")

    keyed = load(path, row_key="Unnamed: 0")

    assert keyed.keys is not None
    assert keyed.keys[:3].tolist() == ["0", "1", "2"]
    assert keyed.notes == load(path, drop="Unnamed: 0").notes == ()


@pytest.mark.parametrize("name", ["filtered", "a name of its own", "index, joined"])
def test_the_setting_that_the_note_names_keeps_the_column(tmp_path: Path, name: str) -> None:
    table, column = TABLES[name]
    path = as_csv(table, tmp_path / "a.csv")
    (note,) = load(path).notes
    setting = shlex.split(note.partition("TRAINER_TYPES=")[2])[0]

    data = load(path, types=setting)

    assert column in names(data)
    assert data.notes == ()


def test_a_chosen_index_of_a_parquet_file_is_a_feature(tmp_path: Path) -> None:
    FILTERED.to_parquet(tmp_path / "a.parquet")

    data = load(tmp_path / "a.parquet", types='{"__index_level_0__": "number"}')

    assert names(data) == ("x", "__index_level_0__")
    assert data.notes == ()


def test_an_index_that_only_some_files_of_a_folder_have_is_left_out(tmp_path: Path) -> None:
    NOISE.to_parquet(tmp_path / "a.parquet")
    FILTERED.to_parquet(tmp_path / "b.parquet")

    assert names(load(tmp_path)) == ("x",)


def test_a_table_of_counters_has_no_features(tmp_path: Path) -> None:
    path = as_csv(NOISE[["label"]], tmp_path / "a.csv")

    with pytest.raises(DatasetError, match="has no features. 'Unnamed: 0' counts the rows, so"):
        load(path)


@pytest.mark.parametrize("rows", ['"1",0.5,"a"\n"2",0.7,"b"\n', "0.5,a,\n0.7,b,\n"])
def test_row_names_without_a_place_in_the_first_line_are_explained(
    tmp_path: Path, rows: str
) -> None:
    (tmp_path / "a.csv").write_text('"x","label"\n' + rows)

    with pytest.raises(DatasetError, match="has 3 cells in place of 2.*from R's write.table, or"):
        load(tmp_path / "a.csv")
