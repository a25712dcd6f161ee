"""Columns for slices are read with the rows, and are not features."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shared.errors import DatasetError, ModelgateError, SettingsError
from shared.scoring.slice_columns import MAX_SLICE_COLUMNS, SliceColumns
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.dataset.split import split_dataset
from trainer.settings import TrainerSettings

ROWS = 200
RANDOM = np.random.default_rng(7)
TABLE = pd.DataFrame(
    {
        "x": RANDOM.normal(size=ROWS),
        "sex": np.where(np.arange(ROWS) % 3 == 0, "f", "m"),
        "age": np.arange(ROWS) % 70,
        "member": np.where(np.arange(ROWS) % 2 == 0, "true", "false"),
        "born": pd.date_range("1960-01-01", periods=ROWS, freq="30D").strftime("%Y-%m-%d"),
        "mixed": [f"{number}" if number % 2 else "none" for number in np.arange(ROWS) % 8],
        "clinic": [f"c{number % 20}" for number in range(ROWS)],
        "name": [f"person {number}" for number in range(ROWS)],
        "nothing": [None] * ROWS,
        "label": np.arange(ROWS) % 2,
    }
)
OTHERS = "sex,age,member,born,mixed,clinic,name,nothing"


def load(path: Path, table: pd.DataFrame = TABLE, **settings: Any) -> Dataset:
    file = path / "table.csv"
    table.to_csv(file, index=False)
    given = {"dataset": file, "target": "label", "drop": OTHERS, **settings}
    return load_dataset(TrainerSettings.model_validate(given), "accuracy")


def kept(dataset: Dataset) -> SliceColumns:
    assert dataset.kept is not None
    return dataset.kept


def test_each_kind_of_column_is_kept_and_none_is_a_feature(tmp_path: Path) -> None:
    found = load(tmp_path, slice_columns="sex,age,member,born,mixed")
    assert [feature.name for feature in found.schema.features] == ["x"]
    columns = {column.name: column for column in kept(found).columns}
    assert columns["sex"].categories == ("f", "m")
    assert (columns["age"].type, columns["member"].type) == ("number", "boolean")
    assert (columns["born"].type, columns["born"].unit) == ("number", "seconds")
    assert columns["mixed"].type == "category"
    assert kept(found).rows[3].tolist()[:3] == [0.0, 3.0, 0.0]
    day = (pd.Timestamp(TABLE.born[3]) - pd.Timestamp(0)).total_seconds()
    assert kept(found).rows[3, 3] == day


def test_a_column_needs_no_entry_in_trainer_drop(tmp_path: Path) -> None:
    table = TABLE[["x", "sex", "label"]]
    found = load(tmp_path, table, drop="", slice_columns=" sex ")
    assert [feature.name for feature in found.schema.features] == ["x"]
    assert [column.name for column in kept(found).columns] == ["sex"]


def test_the_row_key_and_the_time_can_be_kept_too(tmp_path: Path) -> None:
    others = OTHERS.replace("clinic,", "").replace("born,", "")
    found = load(tmp_path, drop=others, slice_columns="clinic,born", row_key="clinic", time="born")
    assert len(kept(found).columns[0].categories or ()) == 20
    assert found.keys is not None
    assert found.times is not None
    assert np.array_equal(kept(found).rows[:, 1], found.times.values)


def test_missing_values_are_kept_as_missing(tmp_path: Path) -> None:
    table = TABLE.copy()
    for name in ("sex", "age", "born"):
        table[name] = table[name].where(np.arange(ROWS) % 10 != 0)
    found = kept(load(tmp_path, table, slice_columns="sex,age,born"))
    assert all(column.nullable for column in found.columns)
    assert (np.isnan(found.rows).sum(axis=0) == 20).all()


def test_values_stay_with_their_rows_through_the_split(tmp_path: Path) -> None:
    table = TABLE.assign(age=TABLE.x * 2)
    holdout = split_dataset(load(tmp_path, table, slice_columns="age"), "").holdout
    assert holdout.kept is not None
    assert 0 < len(holdout.rows) < ROWS
    np.testing.assert_allclose(holdout.kept.rows[:, 0], holdout.rows[:, 0] * 2)


def test_kept_columns_do_not_move_rows_and_change_the_fingerprint(tmp_path: Path) -> None:
    plain, found = load(tmp_path), load(tmp_path, slice_columns="sex")
    fingerprints = plain.fingerprint, found.fingerprint
    assert fingerprints[0] != fingerprints[1]
    ours, theirs = (split_dataset(each, "").holdout.rows for each in (plain, found))
    assert np.array_equal(ours, theirs)


PROBLEMS: dict[str, tuple[dict[str, str], type[ModelgateError], str]] = {
    "the target": ({"slice_columns": "label"}, SettingsError, "both name 'label'. Remove it from"),
    "an unknown name": ({"slice_columns": "gender"}, DatasetError, "TRAINER_SLICE_COLUMNS=gender"),
    "no values": ({"slice_columns": "nothing"}, DatasetError, "it has no values"),
    "a bad list": ({"slice_columns": "[sex"}, SettingsError, "TRAINER_SLICE_COLUMNS=[sex is not"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_column_that_cannot_be_kept_is_a_problem(tmp_path: Path, name: str) -> None:
    settings, kind, words = PROBLEMS[name]
    with pytest.raises(kind) as raised:
        load(tmp_path, **settings)
    assert words in str(raised.value)


def test_too_many_different_strings_are_a_problem(tmp_path: Path) -> None:
    rows = range(1200)
    table = pd.DataFrame(
        {"x": rows, "name": [f"p{n}" for n in rows], "label": [n % 2 for n in rows]}
    )
    with pytest.raises(DatasetError, match="'name' cannot divide the rows: it has more than 1000"):
        load(tmp_path, table, drop="", slice_columns="name", types='{"x": "number"}')


def test_too_many_columns_are_a_problem(tmp_path: Path) -> None:
    names = [f"g{number}" for number in range(MAX_SLICE_COLUMNS + 1)]
    table = TABLE[["x", "label"]].assign(**dict.fromkeys(names, "a"))
    with pytest.raises(SettingsError, match="names 21 columns; at most 20 are allowed"):
        load(tmp_path, table, drop="", slice_columns=",".join(names))
