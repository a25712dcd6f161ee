"""A folder of Parquet files is one table, or the error gives the reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

FIRST: dict[str, Any] = {"width": [1, 2], "city": ["b", None], "y": [0, 1]}


def load(folder: Path, **settings: Any) -> Dataset:
    own = TrainerSettings(dataset=folder, **{"target": "y"} | settings)
    return load_dataset(own, "accuracy")


def write(folder: Path, **files: dict[str, Any]) -> Path:
    for name, columns in files.items():
        parquet.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def test_the_files_are_one_table_in_the_order_of_their_names(tmp_path: Path) -> None:
    nothing = {"width": [3, 4], "city": pa.nulls(2), "y": [0, 1]}
    others = {
        "city": pa.array(["a", "b"]).dictionary_encode(),
        "width": pa.array([0.5, None]),
        "y": [1.0, 0.0],
    }
    no_rows = {name: values[:0] for name, values in others.items()}
    write(tmp_path, b=FIRST, c=others, a=nothing, d=no_rows)
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "README.md").touch()

    data = load(tmp_path)

    width, city = data.schema.features
    assert (width.nullable, width.minimum, width.maximum) == (True, 0.5, 4.0)
    assert (city.nullable, city.categories) == (True, ("a", "b"))
    assert data.rows[:5, 0].tolist() == [3, 4, 1, 2, 0.5]
    assert data.target.tolist() == [0, 1, 0, 1, 1, 0]


def test_one_file_and_a_folder_of_its_pieces_give_the_same_data(tmp_path: Path) -> None:
    whole = pa.table({"width": range(10), "city": ["a", "b"] * 5, "y": [0, 1] * 5})
    parquet.write_table(whole, tmp_path / "whole.parquet")
    (tmp_path / "pieces").mkdir()
    for place in range(0, 10, 3):
        parquet.write_table(whole.slice(place, 3), tmp_path / "pieces" / f"{place}.pq")

    one, many = load(tmp_path / "whole.parquet"), load(tmp_path / "pieces")

    assert one.fingerprint == many.fingerprint


def with_folder(folder: Path) -> None:
    write(folder, a=FIRST)
    (folder / "north").mkdir()


BAD_FOLDERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no file": (lambda _: None, "is a folder without Parquet files"),
    "only a CSV file": (lambda f: (f / "a.csv").write_text("a"), "without Parquet files"),
    "folders within": (with_folder, "contains the folder 'north'. Put all Parquet files"),
    "a column less": (
        lambda f: write(f, a=FIRST, b={"width": [1], "y": [1]}),
        "different columns: b.parquet lacks column 'city', which a.parquet has",
    ),
    "a column more": (
        lambda f: write(f, a=FIRST, b={**FIRST, "height": [1, 2]}),
        "different columns: a.parquet lacks column 'height', which b.parquet has",
    ),
    "another type": (
        lambda f: write(f, a={**FIRST, "city": pa.nulls(2)}, b=FIRST, c={**FIRST, "city": [1, 2]}),
        "column 'city' is int64 in c.parquet, but string in b.parquet",
    ),
    "an empty file": (
        lambda f: (write(f, a=FIRST) / "b.pq").write_bytes(b""),
        "b.pq is empty: it has no bytes",
    ),
    "no rows": (lambda f: write(f, a={"width": pa.nulls(0), "y": pa.nulls(0)}), "but no rows"),
}


@pytest.mark.parametrize(("write", "message"), BAD_FOLDERS.values(), ids=BAD_FOLDERS)
def test_a_folder_that_is_not_a_table_is_one_sentence(
    tmp_path: Path, write: Callable[[Path], object], message: str
) -> None:
    write(tmp_path)

    with pytest.raises(DatasetError, match=message):
        load(tmp_path)
