"""Names and strings that look alike are one name and one string, and a note says so."""

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError, SettingsError
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings


def load(path: Path, target: str = "y", **settings: Any) -> Dataset:
    return load_dataset(TrainerSettings(dataset=path, target=target, **settings), "accuracy")


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_blanks_behind_commas_are_not_read(tmp_path: Path) -> None:
    rows = "40, private, yes\n30, state, no\n20,private, yes\n"
    data = load(write(tmp_path / "a.csv", "age, work, pay\n" + rows), "pay")

    age, work = data.schema.features
    assert (age.name, work.name, data.target_name) == ("age", "work", "pay")
    assert work.categories == ("private", "state")
    assert data.rows[:, 1].tolist() == [0, 1, 0]
    assert data.schema.classes == ("no", "yes")
    assert data.notes == (
        "Names of columns are normalised: ' work' as 'work', ' pay' as 'pay'.",
        "'work' has the spellings ' private' and 'private', both read as 'private'.",
    )


@pytest.mark.parametrize(
    ("cells", "classes", "numbers"),
    [
        (["0", " 1", "1 ", "0"], ("0", "1"), [0, 1, 1, 0]),
        (["true", " false", "true", "false "], ("false", "true"), [1, 0, 1, 0]),
        (["no", " yes", "yes\u00a0", "no"], ("no", "yes"), [0, 1, 1, 0]),
    ],
    ids=["numbers", "booleans", "strings"],
)
def test_blanks_around_the_cells_of_the_target_are_not_read(
    tmp_path: Path, cells: list[str], classes: tuple[str, ...], numbers: list[int]
) -> None:
    text = "a,y\n" + "".join(f"{index % 3},{cell}\n" for index, cell in enumerate(cells))
    data = load(write(tmp_path / "a.csv", text))
    assert (data.schema.classes, data.target.tolist()) == (classes, numbers)


def test_blanks_around_the_numbers_of_a_regression_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a,y\n1, 2.5\n2,3.25 \n3, 4\n")
    data = load_dataset(TrainerSettings(dataset=path, target="y"), "r2")
    assert data.target.tolist() == [2.5, 3.25, 4.0]


@pytest.mark.parametrize(
    ("cells", "metric", "target"),
    [
        ((" 0", " 1", "1"), "accuracy", [0, 1, 1]),
        ((" 1.5", " 2.5", "4"), "r2", [1.5, 2.5, 4.0]),
        (("1\u00a0", "2", "3"), "r2", [1.0, 2.0, 3.0]),
        ((" true", "false ", "true"), "accuracy", [1, 0, 1]),
    ],
)
def test_a_target_of_numbers_or_booleans_may_have_blanks(
    tmp_path: Path, cells: tuple[str, ...], metric: str, target: list[float]
) -> None:
    path = write(tmp_path / "a.csv", "\n".join(["x,y", *(f"1,{cell}" for cell in cells)]))
    settings = TrainerSettings(dataset=path, target="y")
    assert load_dataset(settings, metric).target.tolist() == target


def test_a_table_that_is_in_normal_form_has_no_notes(tmp_path: Path) -> None:
    assert load(write(tmp_path / "a.csv", "größe,y\nklein,0\ngroß,1\n")).notes == ()


@pytest.mark.parametrize(
    ("spelling", "setting"),
    [
        (decomposed("größe"), "größe"),
        ("größe", decomposed("größe")),
        ("größe\u00a0", "größe"),
        ("größe", " größe"),
        ("\u200bgröße", "größe"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_setting_names_a_column_in_any_spelling(
    tmp_path: Path, spelling: str, setting: str, kind: str
) -> None:
    columns = {spelling: [0, 1, 0], "a": [1, 2, 3], "b": [1, 2, 3]}
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        lines = zip(*columns.values(), strict=True)
        write(path, "\n".join([",".join(columns), *(",".join(map(str, row)) for row in lines)]))
    else:
        parquet.write_table(pa.table(columns), path)

    data = load(path, setting, drop=f'["{decomposed("b")} "]', row_key=None)

    assert data.target_name == "größe"
    assert [feature.name for feature in data.schema.features] == ["a"]
    assert load(path, setting, row_key=" b").keys is not None


def test_a_note_shows_what_cannot_be_seen(tmp_path: Path) -> None:
    name = decomposed("größe")
    rows = f"{decomposed('Łódź')},0\nŁódź,1\nWien,1\nWien\u00a0,1\n"
    notes = load(write(tmp_path / "a.csv", f"{name},y\n{rows}")).notes

    assert notes == (
        r"Names of columns are normalised: 'gro\u0308\xdfe' as 'größe'.",
        r"'größe' has the spellings 'Wien' and 'Wien\xa0', both read as 'Wien' (and 1 more).",
    )


def test_two_columns_with_one_name_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="two columns that are both read as 'a': 'a' and ' a'"):
        load(write(tmp_path / "a.csv", "a, a,y\n1,2,0\n3,4,1\n"))


def test_files_of_a_folder_may_spell_a_name_differently(tmp_path: Path) -> None:
    for number, name in enumerate(("größe", decomposed("größe"), "größe ")):
        table = pa.table({"y": [0, 1], name: [number, 5]})
        parquet.write_table(table, tmp_path / f"{number}.parquet")

    assert load(tmp_path).rows[:, 0].tolist() == [0, 5, 1, 5, 2, 5]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_labels_and_keys_are_normalised_as_cells_are(tmp_path: Path, kind: str) -> None:
    columns = {
        "a": [1, 2, 3],
        "id": ["p 1", "p\u00a01", "p2 "],
        "y": ["ja", " ja", "nein"],
    }
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        write(path, "a,id,y\n1,p 1,ja\n2,p\u00a01, ja\n3,p2 ,nein\n")
    else:
        parquet.write_table(pa.table(columns), path)

    data = load(path, row_key="id", positive_label=" ja ")

    assert data.schema.classes == ("nein", "ja")
    assert data.target.tolist() == [1, 1, 0]
    assert data.keys is not None
    assert data.keys.tolist() == ["p 1", "p 1", "p2"]
    assert data.notes == ("'y' has the spellings ' ja' and 'ja', both read as 'ja'.",)


def test_a_cell_of_blanks_or_a_missing_spelling_with_a_blank_is_missing(tmp_path: Path) -> None:
    data = load(write(tmp_path / "a.csv", "a,y\nx,0\n  ,1\n NA,1\n\u00a0n/a,0\nNA ,1\n"))

    (feature,) = data.schema.features
    assert feature.categories == ("x",)
    assert feature.nullable


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Pay", "Did you mean 'pay'[?]$"),
        ("unit-price", "Did you mean 'unit_price'[?]$"),
        ("p\u0430y", "'pay'[?] It has LATIN SMALL LETTER A instead of CYRILLIC SMALL LETTER A.$"),
        ("zebra", "columns 'age', 'pay', 'unit_price'.$"),
    ],
)
def test_a_name_that_is_not_found_suggests_one(tmp_path: Path, name: str, says: str) -> None:
    path = write(tmp_path / "a.csv", "age,pay,unit_price\n1,2,0\n2,3,1\n")
    with pytest.raises(DatasetError, match=f"TRAINER_TARGET={name} is not in .*{says}"):
        load(path, name)
    with pytest.raises(DatasetError, match=f"TRAINER_DROP={name} is not in .*{says}"):
        load(path, "age", drop=name)


def cells(path: Path, *values: str) -> Path:
    rows = [f"{values[number % len(values)]},{number % 2}" for number in range(40)]
    return write(path, "\n".join(["x,y", *rows]))


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        (("-1", "5", "7"), {"missing": '{"x": ["-1"]}'}),
        (("-1", "5", "7"), {"missing": '{" x": [" -1 "]}'}),
        (
            ('"-1,0"', '"5,5"'),
            {"missing": '["-1,0"]', "types": '{"x": "number with decimal comma"}'},
        ),
    ],
)
def test_a_number_is_not_a_missing_value_of_a_column_of_numbers(
    tmp_path: Path, values: tuple[str, ...], settings: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match="TRAINER_MISSING names '-1.*, which is a number"):
        load(cells(tmp_path / "a.csv", *values), **settings)


def test_a_code_may_be_a_missing_value_of_a_column_of_strings(tmp_path: Path) -> None:
    path = cells(tmp_path / "a.csv", "000", "017", "042")
    (feature,) = load(path, missing='{"x": ["000"]}').schema.features
    assert (feature.categories, feature.nullable) == (("017", "042"), True)
    assert feature.missing_values == ("000",)


@pytest.mark.parametrize(
    ("values", "settings", "missing"),
    [
        (("1", "NA", " NA", "\u200bNA", " ", "", "nan", '" n/a "'), {}, 7),
        (("1", "?", " ?", "?\u00a0"), {"missing": "?"}, 3),
        (("true", "NA", "NA ", "false", "  "), {}, 3),
        (("true", "-", " - ", "false"), {"missing": " - "}, 2),
    ],
)
def test_numbers_and_booleans_have_missing_values_in_any_spelling(
    tmp_path: Path, values: tuple[str, ...], settings: dict[str, str], missing: int
) -> None:
    data = load(cells(tmp_path / "a.csv", *values), **settings)
    assert np.isnan(data.rows[: len(values), 0]).sum() == missing
    assert data.schema.features[0].type != "category"


@pytest.mark.parametrize("infinite", ["inf", "-inf", "Infinity", "INF"])
def test_an_infinite_number_is_refused(tmp_path: Path, infinite: str) -> None:
    with pytest.raises(
        DatasetError, match=r"'x' \(infinite values in [0-9]+ rows?, the first in line 4\)"
    ):
        load(cells(tmp_path / "a.csv", "1", "2", infinite))
