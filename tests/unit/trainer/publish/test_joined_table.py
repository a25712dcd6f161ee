"""FITTED_ON and HOLDOUT are read as one table, and errors name the right one."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from shared.settings import CommonSettings
from shared.table_form.file_kinds import HEAD_BYTES
from trainer.publish.judged_rows import JudgedRows, read_rows
from trainer.publish.request import PublishRequest
from trainer.settings import TrainerSettings

ROWS = HEAD_BYTES // 8
"""The last row is then beyond the bytes that are looked at first."""


def write(path: Path, last_city: str, encoding: str) -> Path:
    rows = "".join(f"{number % 9},Ulm,{number % 2}\n" for number in range(ROWS))
    path.write_bytes(f"a,city,y\n{rows}3,{last_city},1\n".encode(encoding))
    return path


def read(_folder: Path, fitted_on: Path, holdout: Path, csv: str = "") -> JudgedRows:
    request = PublishRequest("m.onnx", holdout, "y", fitted_on)
    return read_rows(request, CommonSettings(metric="accuracy"), TrainerSettings(csv=csv))


@pytest.mark.parametrize("fitted", [("Ulm", "ascii"), ("München", "utf-8"), ("München", "cp1252")])
@pytest.mark.parametrize("holdout", [("München", "cp1252"), ("München", "utf-8")])
def test_each_table_may_have_its_own_encoding(
    tmp_path: Path, fitted: tuple[str, str], holdout: tuple[str, str]
) -> None:
    rows = read(tmp_path, write(tmp_path / "f.csv", *fitted), write(tmp_path / "h.csv", *holdout))
    (_, city) = rows.dataset.schema.features
    assert city.categories == ("München", "Ulm")
    assert len(rows.splits.train.rows) == len(rows.splits.holdout.rows) == ROWS + 1
    assert city.categories[int(rows.splits.holdout.rows[-1, 1])] == "München"


def test_the_damaged_table_is_named(tmp_path: Path) -> None:
    holdout, fitted = tmp_path / "h.parquet", tmp_path / "f.parquet"
    parquet.write_table(pa.table({"a": [1.5, 2.5] * 40, "y": ["no", "yes"] * 40}), holdout)
    content = holdout.read_bytes()
    fitted.write_bytes(content[:4] + bytes(60) + content[64:])
    with pytest.raises(DatasetError, match=rf"^FITTED_ON={fitted} cannot be read: its bytes"):
        read(tmp_path, fitted, holdout)


def test_the_place_of_a_cell_has_the_name_of_its_file(tmp_path: Path) -> None:
    holdout, fitted = tmp_path / "h.csv", tmp_path / "f.csv"
    fitted.write_text("a,y\n" + "1.5,0\n2.5,1\n" * 40)
    holdout.write_text("a,y\n" + "1.5,0\n2.5,1\n" * 40 + "oops,1\n")
    with pytest.raises(DatasetError, match=r"in line 82 of h\.csv"):
        read(tmp_path, fitted, holdout)


@pytest.mark.parametrize("name", ["FITTED_ON", "HOLDOUT"])
def test_a_table_without_rows_is_named(tmp_path: Path, name: str) -> None:
    paths = {"FITTED_ON": tmp_path / "f.csv", "HOLDOUT": tmp_path / "h.csv"}
    for each, path in paths.items():
        path.write_text("a,y\n" + "1.5,no\n2.5,yes\n" * (each != name))
    with pytest.raises(DatasetError, match=f"^{name}={paths[name]} is empty"):
        read(tmp_path, paths["FITTED_ON"], paths["HOLDOUT"])


def test_features_have_the_order_of_the_fitted_rows(tmp_path: Path) -> None:
    orders = {"h": "a,b,y", "same": "id,a,b,y", "other": "b,a,y"}
    for name, columns in orders.items():
        rows = [dict.fromkeys(orders["same"].split(","), n / 4) | {"y": "no"} for n in range(20)]
        pd.DataFrame([*rows, {**rows[0], "y": "yes"}]).to_csv(
            tmp_path / f"{name}.csv", columns=columns.split(","), index=False
        )
    for name, count in (("same", 0), ("other", 1)):
        rows_read = read(tmp_path, tmp_path / f"{name}.csv", tmp_path / "h.csv")
        found = [note for note in rows_read.dataset.notes if "different orders" in note]
        assert len(found) == count, name
        names = [each.name for each in rows_read.dataset.schema.features]
        assert names == (["b", "a"] if name == "other" else ["a", "b"])


def test_numbers_of_files_with_different_separators_need_a_decimal_mark(tmp_path: Path) -> None:
    """1,250 of the holdout would be 1250, because the other file shows decimal points."""
    fitted, holdout = tmp_path / "f.csv", tmp_path / "h.csv"
    fitted.write_text("a,y\n" + "1.5,no\n2.25,yes\n" * 40)
    holdout.write_text("a;y\n" + "1,250;no\n2,125;yes\n" * 40)
    with pytest.raises(DatasetError, match="different separators between columns"):
        read(tmp_path, fitted, holdout)
    holdout.write_text("a;y\n" + "1.250;no\n2.125;yes\n" * 40)
    rows = read(tmp_path, fitted, holdout, '{"decimal": "."}')
    assert rows.splits.holdout.rows[:2, 0].tolist() == [1.25, 2.125]
