"""The exported table has each feature by name, the answer and the newest label."""

import csv
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import ExportedTableError
from shared.prediction_log.logged_row import LoggedAnswer, Value
from shared.prediction_table.selection import Selection
from shared.prediction_table.table_file import Exported, PredictionTable, write_table
from shared.store.store import ModelStore
from tests.support.stores.row_logs import (
    NOON,
    logged,
    write_hidden_rows,
    write_labels,
    write_rows,
)

ALL = Selection()


def export(store: ModelStore, path: Path, selection: Selection = ALL) -> Exported:
    return write_table(PredictionTable(store, selection), path)


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    return parquet.read_table(path).to_pylist()  # type: ignore[no-any-return]  # it has no types


def test_each_row_has_its_features_answer_and_newest_label(
    store: ModelStore, tmp_path: Path
) -> None:
    write_rows(store.layout, 1, [logged("a"), logged("b", seconds=0.5)])
    write_rows(store.layout, 1, [logged("a", version=2)], worker="another")
    write_hidden_rows(store.layout, 2, [logged("not published")])
    write_labels(store.layout, 1, {"a": "malignant"}, seconds=2)
    write_labels(store.layout, 2, {"a": "benign", "nobody": "benign"}, seconds=1)
    done = export(store, tmp_path / "out.parquet")
    assert done == Exported(rows=3, labelled=2, versions=(1, 2), invalid=0)
    by_number = sorted(read(tmp_path / "out.parquet"), key=lambda row: (row["id"], row["version"]))
    assert by_number[0] == {
        "id": "a",
        "time": NOON,
        "version": 1,
        "x": 1.5,
        "site": "left",
        "prediction": 1,
        "predicted label": "benign",
        "probability malignant": 0.25,
        "probability benign": 0.75,
        "true label": "malignant",
    }
    assert [row["true label"] for row in by_number] == ["malignant", "malignant", None]
    assert by_number[2]["time"] == NOON + timedelta(seconds=0.5)


def test_csv_has_the_same_cells_as_text(store: ModelStore, tmp_path: Path) -> None:
    features: dict[str, Value] = {"x": 0.1, "yes": True, "free, text": '="1"\r', "none": None}
    write_rows(store.layout, 1, [logged("ä", features=features, answer=LoggedAnswer(2.5))])
    export(store, tmp_path / "out.csv")
    (row,) = read(tmp_path / "out.csv")
    assert row == {
        "id": "ä",
        "time": "2026-01-31T12:00:00Z",
        "version": "1",
        "x": "0.1",
        "yes": "true",
        "free, text": '="1"\r',
        "none": "",
        "prediction": "2.5",
        "true label": "",
    }


def test_versions_with_other_columns_share_a_table(store: ModelStore, tmp_path: Path) -> None:
    older = logged("a", features={"x": 1, "code": 7, "flag": True, "none": None})
    newer = logged("b", features={"code": "7b", "flag": None, "y": 2.5}, answer=LoggedAnswer(0))
    write_rows(store.layout, 1, [older, newer])
    write_labels(store.layout, 1, {"a": True, "b": 1})
    export(store, tmp_path / "out.parquet")
    schema = parquet.read_schema(tmp_path / "out.parquet")
    types = {name: schema.field(name).type for name in ("x", "code", "flag", "none", "true label")}
    assert types == {
        "x": pa.float64(),
        "code": pa.string(),
        "flag": pa.bool_(),
        "none": pa.string(),
        "true label": pa.string(),
    }
    first, second = read(tmp_path / "out.parquet")
    assert (first["x"], first["code"], first["flag"], first["y"]) == (1.0, "7", True, None)
    assert (second["x"], second["code"], second["y"]) == (None, "7b", 2.5)
    assert (second["predicted label"], second["probability benign"]) == (None, None)
    assert (first["true label"], second["true label"]) == ("true", "1")


def test_a_feature_keeps_its_name_and_the_log_takes_another(
    store: ModelStore, tmp_path: Path
) -> None:
    write_rows(store.layout, 1, [logged("a", features={"id": 5, "prediction": "sunny"})])
    export(store, tmp_path / "out.parquet")
    (row,) = read(tmp_path / "out.parquet")
    assert (row["log id"], row["id"]) == ("a", 5.0)
    assert (row["log prediction"], row["prediction"]) == (1, "sunny")
    assert next(iter(row)) == "log id"


def test_version_and_time_select_rows(store: ModelStore, tmp_path: Path) -> None:
    rows = [logged(str(second), version=1 + second % 2, seconds=second) for second in range(6)]
    write_rows(store.layout, 1, rows)
    part = Selection(2, NOON + timedelta(seconds=1), NOON + timedelta(seconds=5))
    export(store, tmp_path / "out.parquet", part)
    assert [row["id"] for row in read(tmp_path / "out.parquet")] == ["1", "3"]
    with pytest.raises(ExportedTableError, match="No logged row is selected"):
        export(store, tmp_path / "none.csv", Selection(version=3))


def test_invalid_lines_are_left_out_and_counted(store: ModelStore, tmp_path: Path) -> None:
    path = write_rows(store.layout, 1, [logged("a")])
    with path.open("ab") as file:
        file.write(b'{"id": "b"}\n{"id')
    assert export(store, tmp_path / "out.csv") == Exported(1, 0, (1,), invalid=1)


def test_the_table_belongs_to_its_owner_and_replaces_nothing(
    store: ModelStore, tmp_path: Path
) -> None:
    write_rows(store.layout, 1, [logged("a")])
    export(store, tmp_path / "new" / "out.csv")
    (path,) = (tmp_path / "new").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(ExportedTableError, match="exists already"):
        export(store, path)
    assert path.read_bytes() == before
    with pytest.raises(ExportedTableError, match=r"\.parquet or \.csv"):
        export(store, tmp_path / "new" / "out.xlsx")
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["out.csv"]
