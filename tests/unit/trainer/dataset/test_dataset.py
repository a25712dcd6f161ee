"""The trainer reads tables, and explains unsuitable ones in one sentence."""

import gzip
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError, SettingsError
from tests.support.processes.unprivileged_user import as_another_user
from tests.support.tables.tables import Columns, blobs_csv, names, two_blobs, write_csv
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import BREAST_CANCER, load_dataset
from trainer.settings import TrainerSettings


def load(path: Path | None = None, metric: str = "f1", **settings: Any) -> Dataset:
    if path is not None:
        settings = {"dataset": path, "target": "size"} | settings
    return load_dataset(TrainerSettings(**settings), metric)


def test_the_default_data_is_breast_cancer_with_its_own_labels() -> None:
    data = load()

    assert (data.source, data.rows.shape) == (BREAST_CANCER, (569, 30))
    assert data.schema.classes == ("malignant", "benign")
    assert np.bincount(data.target).tolist() == [212, 357]
    assert names(data)[0] == "mean radius"


def test_the_positive_label_swaps_the_indices_of_the_default_data_too() -> None:
    data = load(positive_label="malignant")

    assert data.schema.classes == ("benign", "malignant")
    assert np.bincount(data.target).tolist() == [357, 212]


def test_csv_and_parquet_give_the_same_data(tmp_path: Path) -> None:
    blobs = two_blobs()
    csv = blobs_csv(tmp_path / "blobs.csv")
    (tmp_path / "blobs.csv.gz").write_bytes(gzip.compress(csv.read_bytes()))
    columns = {"width": blobs.rows[:, 0], "height": blobs.rows[:, 1], "size": blobs.target}
    parquet.write_table(pa.table(columns), tmp_path / "blobs.parquet")

    found = [load(tmp_path / name) for name in ("blobs.csv", "blobs.csv.gz", "blobs.parquet")]

    assert len({data.fingerprint for data in found}) == 1
    assert np.array_equal(found[0].rows, blobs.rows)
    assert np.array_equal(found[0].target, blobs.target)
    assert found[0].schema.classes == ("0", "1")


def test_the_fingerprint_tells_data_apart(tmp_path: Path) -> None:
    path = blobs_csv(tmp_path / "blobs.csv")
    before = load(path).fingerprint
    lines = path.read_text().splitlines()
    lines[5] = lines[5].removesuffix(lines[5][-1]) + ("1" if lines[5][-1] == "0" else "0")
    path.write_text("\n".join(lines) + "\n")

    assert load(path).fingerprint != before


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ((0, 1), ("0", "1")),
        ((-1, 1), ("-1", "1")),
        (("false", "true"), ("false", "true")),
        ((0.0, 1.0), ("0", "1")),
    ],
    ids=str,
)
def test_labels_that_speak_for_themselves_need_no_positive_label(
    tmp_path: Path, values: tuple[object, object], classes: tuple[str, str]
) -> None:
    data = load(blobs_csv(tmp_path / "blobs.csv", labels=values))

    assert data.schema.classes == classes
    assert np.array_equal(data.target, two_blobs().target)


def test_the_positive_label_has_index_1(tmp_path: Path) -> None:
    path = blobs_csv(tmp_path / "blobs.csv", labels=("yes", "no"))

    data = load(path, positive_label="no")

    assert data.schema.classes == ("yes", "no")
    assert np.array_equal(data.target, two_blobs().target)


def test_a_metric_without_a_positive_class_needs_no_positive_label(tmp_path: Path) -> None:
    path = blobs_csv(tmp_path / "blobs.csv", labels=("yes", "no"))

    assert load(path, metric="accuracy").schema.classes == ("no", "yes")


def test_many_classes_are_sorted_as_numbers_are(tmp_path: Path) -> None:
    columns = {"width": range(12), "size": range(12)}

    data = load(write_csv(tmp_path / "many.csv", columns), metric="accuracy")

    assert data.schema.classes[-3:] == ("9", "10", "11")


def test_categories_of_a_parquet_file_are_labels(tmp_path: Path) -> None:
    labels = pa.array(["a", "b", "a"]).dictionary_encode()
    parquet.write_table(pa.table({"width": [1, 2, 3], "size": labels}), tmp_path / "a.parquet")

    data = load(tmp_path / "a.parquet", positive_label="b")

    assert data.target.tolist() == [0, 1, 0]


def test_the_row_key_is_no_feature(tmp_path: Path) -> None:
    columns: Columns = {"id": [7, 8], "width": [1.5, 2.5], "size": [0, 1]}

    data = load(write_csv(tmp_path / "keyed.csv", columns), row_key="id")

    assert names(data) == ("width",)
    assert data.keys is not None
    assert data.keys.tolist() == ["7", "8"]


def columns(**changes: Iterable[object]) -> Columns:
    return {"width": [1, 2, 3, 4], "height": [4, 3, 2, 1], "size": [0, 1, 0, 1], **changes}


def csv_of(**changes: Iterable[object]) -> Callable[[Path], Path]:
    return lambda folder: write_csv(folder / "data.csv", columns(**changes))


def text_of(text: str | bytes, name: str = "data.csv") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        data = text.encode() if isinstance(text, str) else text
        (folder / name).write_bytes(data)
        return folder / name

    return write


def parquet_of(**changes: Iterable[object]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        parquet.write_table(pa.table(columns(**changes)), folder / "data.parquet")
        return folder / "data.parquet"

    return write


BAD_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "nowhere.csv", r"nowhere.csv does not exist \(looked in"),
    "a folder": (lambda folder: folder, "is a folder without Parquet files. Their names must end"),
    "another kind": (
        text_of("a", "data.xlsx"),
        "ends with .csv, .csv.gz, .tsv, .txt, .parquet, .pq",
    ),
    "no bytes": (text_of(""), "is empty: it has no bytes"),
    "no rows": (text_of("width,size\n"), "is empty: it has column names, but no rows"),
    "ragged": (
        text_of("width,size\n1,0\n1\n"),
        "cannot be read: row 3 has 1 cell in place of 2: '1'",
    ),
    "not Parquet": (text_of("width" * 100, "data.parquet"), "is text, not a Parquet file"),
    "another separator": (
        text_of("width size\n1 0\n"),
        r"TRAINER_TARGET=size is not in .* TRAINER_CSV='\{\"separator\": \" \"\}'",
    ),
    "one class": (csv_of(size=["a"] * 4), "'size' has one class, 'a', in every row"),
    "no features": (text_of("size\n0\n1\n"), "has no features: 'size' is its only column"),
    "dates": (csv_of(height=["2026-01-31"] * 4), r"'height' \(dates such as '2026-01-31'\)"),
    "only missing values": (csv_of(height=[""] * 4), r"'height' \(no values\)"),
    "an unlabelled row": (csv_of(size=["a", "", "b", "a"]), "'size' is missing in 1 of 4 rows"),
    "infinity": (
        csv_of(height=[1, "inf", 3, 4]),
        r"'height' \(infinite values in 1 row, the first in line 3\)",
    ),
    "beyond float32": (csv_of(height=[1, "-4e38", 3, 4]), r"'height' \(values beyond ±3.4e.38"),
    "two of one name": (text_of("a,a,size\n1,2,0\n3,4,1\n"), "more than one column 'a'"),
    "a control character": (text_of('"a\x07",size\n1,0\n2,1\n'), "Column 1 .* control characters"),
    "names as labels": (
        lambda f: write_csv(
            f / "d.csv", {"a": range(0, 202, 2), "size": [f"n{i}" for i in range(101)]}
        ),
        "has 101 different values, but at most 100",
    ),
    "times as labels": (
        csv_of(size=["2026-01-31", "2026-02-01"] * 2),
        "'size' holds dates such as",
    ),
}


@pytest.mark.parametrize(("write", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_cannot_be_trained_on_is_one_sentence(
    tmp_path: Path, write: Callable[[Path], Path], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        load(write(tmp_path))


def test_a_target_that_is_not_there_is_named_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="TRAINER_TARGET=colour .* columns 'width', 'height'"):
        load(blobs_csv(tmp_path / "blobs.csv"), target="colour")


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="TRAINER_ROW_KEY=id is not in"):
        load(blobs_csv(tmp_path / "blobs.csv"), row_key="id")


def test_a_file_that_another_user_may_not_read_is_one_sentence(
    tmp_path: Path, open_to_all: Callable[[Path], None]
) -> None:
    open_to_all(tmp_path)
    path = blobs_csv(tmp_path / "blobs.csv")
    path.chmod(0o600)

    def read() -> None:
        with pytest.raises(DatasetError, match="cannot be read: .*Permission denied"):
            load(path)

    as_another_user(read)


BAD_SETTINGS = {
    "a file without a target": ({"target": None}, "Set TRAINER_TARGET to the column of"),
    "a target without a file": (
        {"dataset": None},
        "TRAINER_TARGET is about columns of a file, but",
    ),
    "a key without a file": (
        {"dataset": None, "target": None, "row_key": "id"},
        "TRAINER_ROW_KEY is about columns of a file, but",
    ),
    "the target as key": ({"row_key": "size"}, "name the same column"),
    "a positive label that is none": (
        {"positive_label": "maybe"},
        "TRAINER_POSITIVE_LABEL=maybe is not a class of the data, which has 'no', 'yes'",
    ),
    "no positive label": (
        {"positive_label": None},
        "METRIC=f1 depends on .* Set TRAINER_POSITIVE_LABEL to 'no' or 'yes'",
    ),
}


@pytest.mark.parametrize(("changes", "message"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_settings_that_contradict_each_other_are_one_sentence(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = blobs_csv(tmp_path / "blobs.csv", labels=("no", "yes"))
    settings: dict[str, Any] = {"dataset": path, "target": "size", "positive_label": "yes"}

    with pytest.raises(SettingsError, match=message):
        load(**settings | changes)


def test_a_positive_label_is_for_two_classes(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "three.csv", {"width": [1, 2, 3], "size": ["a", "b", "c"]})

    with pytest.raises(SettingsError, match="for two classes; the data has 3: 'a', 'b', 'c'"):
        load(path, metric="accuracy", positive_label="a")
