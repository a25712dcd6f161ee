"""Mixed columns become rows of numbers, and unsuitable columns are named."""

import decimal
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.contract.documents import Feature
from shared.errors import DatasetError, SettingsError
from shared.inference.feature_encoding import decode_value
from tests.support.tables.tables import names, write_csv
from trainer.dataset.columns import dropped_columns
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings
from trainer.tables.category_column import MAX_CATEGORIES, MAX_CATEGORY_LENGTH

SHOP: dict[str, list[Any]] = {
    "price": [1.5, None, 3.25, -2.0],
    "pieces": [1, 2, None, 4],
    "city": ["Wien", "Łódź", None, "Wien"],
    "member": [True, None, False, True],
    "paid": [False, False, True, True],
}
LABELS = [0, 1, 0, 1]


def load(path: Path, metric: str = "accuracy", **settings: Any) -> Dataset:
    return load_dataset(TrainerSettings(dataset=path, **{"target": "y"} | settings), metric)


def as_csv(path: Path, columns: dict[str, list[Any]]) -> Path:
    def written(value: object) -> object:
        return "" if value is None else str(value).lower() if isinstance(value, bool) else value

    return write_csv(path, {name: map(written, values) for name, values in columns.items()})


def as_parquet(path: Path, columns: dict[str, Any]) -> Path:
    parquet.write_table(pa.table(columns), path)
    return path


def people_read(data: Dataset) -> dict[str, list[Any]]:
    return {
        feature.name: [decode_value(feature, number) for number in data.rows[:, place]]
        for place, feature in enumerate(data.schema.features)
    }


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_written_tables_are_read_unchanged(tmp_path: Path, kind: str) -> None:
    write = as_csv if kind == "csv" else as_parquet

    data = load(write(tmp_path / f"shop.{kind}", {**SHOP, "y": LABELS}))

    assert people_read(data) == SHOP
    assert data.schema.features == (
        Feature(name="price", type="number", nullable=True, minimum=-2.0, maximum=3.25),
        Feature(name="pieces", type="number", nullable=True, minimum=1.0, maximum=4.0),
        Feature(name="city", type="category", nullable=True, categories=("Wien", "Łódź")),
        Feature(name="member", type="boolean", nullable=True),
        Feature(name="paid", type="boolean"),
    )


def test_csv_and_parquet_have_the_same_fingerprint(tmp_path: Path) -> None:
    columns = {**SHOP, "y": LABELS}
    found = (
        load(as_csv(tmp_path / "a.csv", columns)),
        load(as_parquet(tmp_path / "a.pq", columns)),
    )

    assert found[0].fingerprint == found[1].fingerprint


TYPES: dict[str, tuple[pa.Array, list[Any]]] = {
    "a dictionary": (pa.array(["b", None, "a"]).dictionary_encode(), ["b", None, "a"]),
    "a dictionary of numbers": (pa.array([3, None, 5]).dictionary_encode(), [3, None, 5]),
    "large texts": (pa.array(["b", None, "a"], pa.large_string()), ["b", None, "a"]),
    "views of texts": (pa.array(["b", None, "a"], pa.string_view()), ["b", None, "a"]),
    "an empty text": (pa.array(["b", "", "a"]), ["b", None, "a"]),
    "decimals": (
        pa.array([decimal.Decimal("1.25"), None, 2], pa.decimal128(9, 2)),
        [1.25, None, 2],
    ),
    "small floats": (pa.array([1.5, None, 2.0], pa.float16()), [1.5, None, 2]),
    "NaN": (pa.array([1.5, float("nan"), 2.0]), [1.5, None, 2]),
    "large integers": (pa.array([2**63, None, 1], pa.uint64()), [2.0**63, None, 1]),
    "one value": (pa.array([7, 7, 7]), [7, 7, 7]),
}


@pytest.mark.parametrize(("column", "expected"), TYPES.values(), ids=TYPES)
def test_every_type_of_a_parquet_column(
    tmp_path: Path, column: pa.Array, expected: list[Any]
) -> None:
    data = load(as_parquet(tmp_path / "a.parquet", {"x": column, "y": [0, 1, 0]}))

    assert people_read(data) == {"x": expected}
    assert data.schema.features[0].nullable == (None in expected)


def test_a_csv_file_is_judged_by_all_its_rows(tmp_path: Path) -> None:
    """Types that its first megabyte does not show."""
    rows = 200_000
    late: dict[str, Iterable[object]] = {
        "empty at first": [""] * (rows - 2) + ["b", "a"],
        "whole at first": [1] * (rows - 1) + [1.5],
        "codes at last": [1] * (rows - 1) + ["01"],
        "always boolean": ["true", "false"] * (rows // 2),
        "y": [0, 1] * (rows // 2),
    }

    data = load(write_csv(tmp_path / "late.csv", late))

    assert data.schema.features == (
        Feature(name="empty at first", type="category", nullable=True, categories=("a", "b")),
        Feature(name="whole at first", type="number", minimum=1.0, maximum=1.5),
        Feature(name="codes at last", type="category", categories=("01", "1")),
        Feature(name="always boolean", type="boolean"),
    )
    assert data.rows[-2:, 0].tolist() == [1.0, 0.0]
    assert data.rows[-1].tolist() == [0.0, 1.5, 0.0, 0.0]


def test_quoted_categories_may_have_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "quoted.csv"
    path.write_text('"a ""name""","b, c",y\n"one\nline","",0\n"x, y","3",1\n')

    data = load(path)

    assert people_read(data) == {'a "name"': ["one line", "x, y"], "b, c": [None, 3.0]}


ODD_NAMES = [
    "with space",
    'quo"te',
    "it's",
    "größe",
    "名前",
    "🙂",
    "x" * 3000,
    "a.b",
    "<f>",
]


def test_odd_names_are_names(tmp_path: Path) -> None:
    columns = {name: [1, 2, 3] for name in ODD_NAMES}

    data = load(as_parquet(tmp_path / "odd.parquet", {**columns, "y": [0, 1, 0]}))

    assert names(data) == tuple(ODD_NAMES)


def test_one_error_names_all_columns_that_cannot_be_features(tmp_path: Path) -> None:
    rows = 2 * MAX_CATEGORIES + 2
    columns: dict[str, Any] = {
        "height": np.arange(rows, dtype=float),
        "born": pa.array([datetime(2026, 1, 31, tzinfo=UTC)] * rows),
        "at": pa.array([time(12)] * rows),
        "tags": pa.array([["a"]] * rows),
        "empty": pa.nulls(rows),
        "blank": [""] * rows,
        "NaN": [float("nan")] * rows,
        "many": [f"n{i % (MAX_CATEGORIES + 1)}" for i in range(rows)],
        "essay": ["short", "long" * MAX_CATEGORY_LENGTH] * (rows // 2),
        "far": [1e300] * rows,
        "y": [0, 1] * (rows // 2),
    }

    with pytest.raises(DatasetError) as refusal:
        load(as_parquet(tmp_path / "a.parquet", columns), drop="height")

    message = str(refusal.value)
    for part in (
        "'born' (dates or times)",
        "'at' (times of day)",
        "'tags' (list<element: string>)",
        "'empty', 'blank', 'NaN' (no values)",
        f"'many' (more than {MAX_CATEGORIES} different values)",
        f"'essay' (a value of more than {MAX_CATEGORY_LENGTH} characters)",
        "'far' (values beyond",
    ):
        assert part in message
    drop = message.rpartition("TRAINER_DROP=")[2]
    assert set(dropped_columns.parse_names(drop)) == set(columns) - {"y"}, (
        "with what was left out already"
    )
    columns["width"] = range(0, 2 * rows, 2)
    assert names(load(as_parquet(tmp_path / "b.parquet", columns), drop=drop)) == ("width",)


TEXTS = {
    "identifiers": ([f"id{i}" for i in range(21)], "all values differ"),
    "identifiers with holes": ([*(f"id{i}" for i in range(21)), None], "all values differ"),
    "mostly different": ([f"n{i % 12}" for i in range(22)], "12 different values in 22 rows"),
    "dotted identifiers": ([f"1.{i}.7,x" for i in range(30)], "all values differ"),
    "too few rows to tell": ([f"id{i}" for i in range(20)], None),
    "half of them": ([f"n{i % 11}" for i in range(22)], None),
}


@pytest.mark.parametrize(("texts", "reason"), TEXTS.values(), ids=TEXTS)
def test_identifiers_are_distinguished_from_categories(
    tmp_path: Path, texts: list[str | None], reason: str | None
) -> None:
    columns = {"x": texts, "y": [i % 2 for i in range(len(texts))]}
    path = as_parquet(tmp_path / "a.parquet", columns)
    if reason is None:
        assert load(path).schema.features[0].type == "category"
    else:
        with pytest.raises(DatasetError, match=rf"'x' \({reason}.*TRAINER_DROP=x$"):
            load(path)


def test_dropped_columns_are_not_features(tmp_path: Path) -> None:
    columns = {"born": ["2026-01-31"] * 4, "a,b": ["z"] * 4, "width": [1, 2, 3, 4], "y": LABELS}
    path = as_parquet(tmp_path / "a.parquet", columns)

    assert names(load(path, drop=" born , ")) == ("a,b", "width")
    assert names(load(path, drop='["a,b", "born"]')) == ("width",)


BAD_DROPS = {
    "unknown": ("colour", DatasetError, "TRAINER_DROP=colour is not in .* columns 'width', 'id'"),
    "the target": ("width,y", SettingsError, "TRAINER_DROP and TRAINER_TARGET both name 'y'"),
    "the key": ("id", SettingsError, "TRAINER_DROP and TRAINER_ROW_KEY both name 'id'"),
    "everything": ("width", DatasetError, "'y' is its only column"),
    "no JSON": ("[width", SettingsError, "is not a JSON list: "),
    "no names": ("[1]", SettingsError, "is not a JSON list of names"),
}


@pytest.mark.parametrize(("drop", "kind", "message"), BAD_DROPS.values(), ids=BAD_DROPS)
def test_dropping_a_needed_column_is_one_sentence(
    tmp_path: Path, drop: str, kind: type[Exception], message: str
) -> None:
    path = as_csv(tmp_path / "a.csv", {"width": [1, 2], "id": [1, 2], "y": [0, 1]})

    with pytest.raises(kind, match=message):
        load(path, drop=drop, row_key="id")


def test_the_default_data_has_nothing_to_leave_out() -> None:
    with pytest.raises(SettingsError, match="TRAINER_DROP is about columns of a file, but"):
        load_dataset(TrainerSettings(drop="mean radius"), "f1")


@pytest.mark.parametrize(
    "names", [("a", "b_c"), ("a b", "c"), ("a,b",), ("[a]",), ("it's",), ('"größe"', "b")]
)
def test_the_setting_that_is_proposed_names_the_columns(names: tuple[str, ...]) -> None:
    (setting,) = shlex.split(dropped_columns.format_names(names))

    assert dropped_columns.parse_names(setting) == names
