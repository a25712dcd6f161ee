"""TRAINER_TYPES and TRAINER_MISSING are checked before the table is read."""

from pathlib import Path
from typing import Any

import pytest

from shared.errors import DatasetError, SettingsError
from tests.support.tables.tables import write_csv
from trainer.dataset.columns.column_settings import parse_settings
from trainer.dataset.load import load_dataset
from trainer.problems import Problems
from trainer.settings import TrainerSettings

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no JSON": ({"types": "{a: b}"}, "TRAINER_TYPES={a: b} is not a JSON object such as"),
    "a list": ({"types": '["a"]'}, 'is not a JSON object such as \'{"article": "category"}\''),
    "twice": ({"types": '{"x": "number", "x": "category"}'}, "a column is named twice"),
    "nearly a type": ({"types": '{"x": "numbr"}'}, "'x' the type \"numbr\"; did you mean 'number'"),
    "a type of pandas": ({"types": '{"x": "float"}'}, "did you mean 'number'"),
    "a type of databases": ({"types": '{"x": "string"}'}, "did you mean 'category'"),
    "a type of others": ({"types": '{"x": "decimal comma"}'}, "mean 'number with decimal comma'"),
    "no type": ({"types": '{"x": 5}'}, "the type 5; choose one of 'number', 'number with dec"),
    "nearly a column": ({"types": '{"widht": "number"}'}, "TRAINER_TYPES=widht is not .*'width'"),
    "a dropped column": (
        {"types": '{"x": "number"}', "drop": "x"},
        "TRAINER_TYPES and TRAINER_DROP both name 'x'",
    ),
    "the row key": (
        {"types": '{"x": "number"}', "row_key": "x"},
        "TRAINER_TYPES and TRAINER_ROW_KEY both name 'x'",
    ),
    "the time": (
        {"types": '{"x": "category"}', "time": "x"},
        "TRAINER_TYPES and TRAINER_TIME both name 'x'",
    ),
    "no list": ({"missing": '{"x": "?"}'}, "gives 'x' the value \"\\?\", which is not a list"),
    "no strings": ({"missing": '{"x": [1]}'}, "which is not a list of strings"),
    "no column": ({"missing": '{"z": ["?"]}'}, "TRAINER_MISSING=z is not in"),
    "a number": ({"missing": "?,-999"}, "TRAINER_MISSING names '-999', which is a number"),
    "a number in numbers": ({"missing": '{"x": ["-1"]}'}, "names '-1', which is a number"),
}


@pytest.mark.parametrize(("settings", "message"), BAD.values(), ids=BAD)
def test_a_bad_setting_is_one_sentence(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    columns = {"x": [1, 2, 5, 3], "width": [3, 1, 2, 2], "y": [0, 1, 0, 1]}
    path = write_csv(tmp_path / "table.csv", columns)
    own = TrainerSettings(dataset=path, target="y", **settings)

    with pytest.raises((SettingsError, DatasetError), match=message):
        load_dataset(own, "accuracy")


@pytest.mark.parametrize("setting", ["types", "missing"])
def test_the_default_data_has_no_columns_to_decide_on(setting: str) -> None:
    settings: dict[str, Any] = {setting: "{}"}

    with pytest.raises(SettingsError, match=f"TRAINER_{setting.upper()} is about columns of a"):
        load_dataset(TrainerSettings(**settings), "f1")


def test_a_number_may_be_a_missing_category(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "table.csv", {"x": ["a", "9", "a"], "y": [0, 1, 0]})
    own = TrainerSettings(dataset=path, target="y", missing='{"x": ["9"]}')

    assert load_dataset(own, "accuracy").schema.features[0].categories == ("a",)


def test_spellings_are_added_or_replaced() -> None:
    added = parse_settings("", ' ? ,"-" , \\N', ("NA",), Problems()).missing
    assert added.everywhere == ("NA", "?", '"-"', "\\N")
    assert added.of("x") == {"NA", "?", '"-"', "\\N"}

    replaced = parse_settings("", '{"x": ["NA", "?"], "z": []}', ("NA", "NULL"), Problems()).missing
    assert replaced.of("x") == {"NA", "?"}
    assert replaced.of("y") == {"NA", "NULL"}
    assert replaced.in_all() == ()
