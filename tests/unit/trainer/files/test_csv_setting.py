"""TRAINER_CSV is parsed, or one sentence says what is wrong with it."""

from pathlib import Path

import pytest

from shared.errors import DatasetError, SettingsError
from shared.table_form.csv_form import FormChoice
from tests.support.tables.table_files import text_of
from trainer.dataset.load import load_dataset
from trainer.files.csv_setting import CsvSetting, parse_csv_setting
from trainer.settings import TrainerSettings

BAD = {
    ";": r"is not a JSON object such as TRAINER_CSV='\{",
    "[" * 100_000: r"\[ is not a JSON object",
    '{"seperator": ";"}': "has the key 'seperator', but its keys are separator, decimal",
    '{"separator": ";;"}': "separator of TRAINER_CSV is ';;'. Choose one character",
    '{"separator": "a"}': "Choose one character that is not a letter",
    '{"decimal": ";"}': 'decimal mark of TRAINER_CSV is \';\'. Choose "." or ","',
    '{"encoding": "klingon"}': "is 'klingon', which Python does not know",
    '{"encoding": "base64"}': "which Python does not know",
    '{"skip": -1}': "skip of TRAINER_CSV is -1. Set it to the number of lines",
    '{"skip": "2"}': "skip of TRAINER_CSV is '2'",
}


def test_every_key_is_parsed() -> None:
    text = '{"separator": "\\t", "decimal": ",", "encoding": "latin1", "skip": 3}'
    found = parse_csv_setting(text)
    assert found.form == FormChoice("iso8859-1", "\t", 3)
    assert found.decimal == ","
    assert parse_csv_setting(" ") == CsvSetting()


@pytest.mark.parametrize(("text", "message"), BAD.items())
def test_a_wrong_value_is_one_sentence(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_csv_setting(text)


def test_a_table_in_the_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "EXPORT.CSV").write_text(text_of())
    monkeypatch.setenv("TRAINER_DATASET", "~/EXPORT.CSV")

    data = load_dataset(TrainerSettings(target="size"), "accuracy")

    assert data.source == str(tmp_path / "EXPORT.CSV")


def test_the_setting_needs_a_csv_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TRAINER_CSV is about columns of a file"):
        load_dataset(TrainerSettings(csv='{"separator": ";"}'), "accuracy")


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        ('{"skip": 99}', "has no line after the 99 lines that TRAINER_CSV skips. Set skip"),
        ('{"encoding": "utf-8"}', "is not in UTF-8. Set another encoding, such as TRAINER_CSV="),
    ],
)
def test_a_setting_that_the_file_contradicts_is_one_sentence(
    tmp_path: Path, csv: str, message: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(("a,y\n" + "Köln,1\nUlm,0\n" * 20).encode("cp1252"))
    with pytest.raises(DatasetError, match=message):
        load_dataset(TrainerSettings(dataset=path, target="y", csv=csv), "accuracy")
