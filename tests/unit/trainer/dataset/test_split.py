"""A row stays in its part for ever."""

import hashlib
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.contract.documents import Feature
from shared.scoring.truth import Truth
from tests.support.tables.tables import SCHEMA, names, number_features, two_blobs
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.load import load_dataset
from trainer.dataset.split import Splits, split_dataset
from trainer.settings import TrainerSettings


def split_of_each(parts: Splits, rows: npt.NDArray[np.float64]) -> list[str]:
    """Return the name of the split of each row."""
    found = {row.tobytes(): name for name, part in parts.by_name().items() for row in part.rows}
    return [found[row.tobytes()] for row in np.ascontiguousarray(rows)]


def taken(data: Dataset, rows: slice | npt.NDArray[np.intp]) -> Dataset:
    return replace(data, rows=data.rows[rows], target=data.target[rows])


def test_every_row_is_in_one_split_about_60_20_20() -> None:
    data = two_blobs(5000)
    parts = split_dataset(data, "")

    sizes = [len(part.rows) for part in parts.by_name().values()]
    assert sum(sizes) == 5000
    assert sizes[0] == pytest.approx(3000, abs=100)
    assert sizes[1] == pytest.approx(1000, abs=100)
    for part in parts.by_name().values():
        assert len(part.target) == len(part.rows)


def test_the_split_is_the_one_that_is_specified() -> None:
    """A change here would move rows that champions were trained on into later holdouts."""
    data = two_blobs()
    rows = data.rows.copy()
    expected = []
    for width, height in data.rows:
        line = b'["features", "salt", ["height", "width"]]\n'
        content = line + struct.pack("<dd", height, width)
        number = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big") / 2**64
        expected.append("train" if number < 0.6 else "validation" if number < 0.8 else "holdout")

    assert split_of_each(split_dataset(data, "salt"), rows) == expected


def test_the_split_by_key_is_the_one_that_is_specified() -> None:
    data = replace(two_blobs(), keys=np.array([f"größe {i}" for i in range(200)], dtype=object))
    content = '["key", ""]\ngröße 0'.encode()
    number = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big") / 2**64

    assert split_of_each(split_dataset(data, ""), data.rows[:1]) == ["train"]
    assert number < 0.6


def with_names(*names: str) -> DataSchema:
    return replace(SCHEMA, features=number_features(names))


def test_rows_stay_when_the_data_grows_and_is_shuffled() -> None:
    data = two_blobs(400)
    before = split_of_each(split_dataset(taken(data, slice(200)), ""), data.rows[:200])
    shuffled = taken(data, np.random.default_rng(1).permutation(400))

    assert split_of_each(split_dataset(shuffled, ""), data.rows[:200]) == before


def test_rows_stay_when_their_label_is_corrected() -> None:
    data = two_blobs()
    corrected = replace(data, target=1 - data.target)

    assert split_of_each(split_dataset(corrected, ""), data.rows) == split_of_each(
        split_dataset(data, ""), data.rows
    )


def test_rows_stay_when_columns_change_places() -> None:
    data = two_blobs()
    swapped = replace(data, rows=data.rows[:, ::-1].copy(), schema=with_names("height", "width"))

    assert split_of_each(split_dataset(swapped, ""), swapped.rows) == split_of_each(
        split_dataset(data, ""), data.rows
    )


def test_equal_rows_are_in_the_same_split() -> None:
    data = two_blobs()
    twice = taken(data, np.tile(np.arange(200), 2))
    parts = split_dataset(twice, "")

    for part in parts.by_name().values():
        assert len(part.rows) == 2 * len(np.unique(part.rows, axis=0))


def test_zero_has_no_sign() -> None:
    zeros = replace(two_blobs(400), rows=np.zeros((400, 2)))
    signed = replace(zeros, rows=np.where(np.arange(800).reshape(400, 2) % 3, 0.0, -0.0))

    for data in (zeros, signed):
        sizes = [len(part.rows) for part in split_dataset(data, "").by_name().values()]
        assert sorted(sizes) == [0, 0, 400], "all of them are in one part"


def test_another_salt_is_another_split() -> None:
    data = two_blobs()

    assert split_of_each(split_dataset(data, "a"), data.rows) != split_of_each(
        split_dataset(data, "b"), data.rows
    )


def test_with_a_key_rows_stay_when_all_their_values_change() -> None:
    keys = np.array([f"customer {i // 2}" for i in range(200)], dtype=object)
    data = replace(two_blobs(), keys=keys)
    changed = replace(
        data, rows=np.hstack((data.rows * 2, data.rows)), schema=with_names("a", "b", "c", "d")
    )

    def parts(data: Dataset) -> list[str]:
        return split_of_each(split_dataset(data, ""), data.rows)

    assert parts(data) == parts(changed)
    assert parts(data)[::2] == parts(data)[1::2]  # both rows of a customer


def test_every_row_keeps_its_label() -> None:
    data = two_blobs()

    def labelled(rows: npt.NDArray[np.float64], target: Truth) -> set[object]:
        return {(*row, label) for row, label in zip(rows.tolist(), target.tolist(), strict=True)}

    parts = split_dataset(data, "").by_name().values()
    assert set.union(*(labelled(part.rows, part.target) for part in parts)) == labelled(
        data.rows, data.target
    )


def test_the_default_data_has_the_same_splits_as_ever() -> None:
    """A champion of an older release must not meet its own training rows in the holdout."""
    parts = split_dataset(load_dataset(TrainerSettings(), "f1"), "").by_name()

    found = {n: hashlib.sha256(part.rows.astype("<f8").tobytes()) for n, part in parts.items()}
    assert {name: digest.hexdigest()[:16] for name, digest in found.items()} == {
        "train": "b4a439daec7ddfc7",
        "validation": "aa5d2b6958bbac35",
        "holdout": "3391a1e986cb3835",
    }


MIXED = (
    Feature(name="size", type="number", nullable=True),
    Feature(name="is new", type="boolean", nullable=True),
    Feature(name="city", type="category", nullable=True, categories=("Wien", "Łódź")),
)


def test_the_split_of_mixed_columns_is_the_one_that_is_specified() -> None:
    nan = float("nan")
    rows = np.array([[size, new, city] for size in (*range(20), nan) for new in (0, 1, nan)
                     for city in (0, 1, nan)])  # fmt: skip
    data = replace(two_blobs(len(rows)), rows=rows.copy(), schema=replace(SCHEMA, features=MIXED))
    hole = bytes.fromhex("7ff8000000000000")[::-1]
    expected = []
    for size, new, city in rows:
        text = ("Wien", "Łódź")[int(city)].encode() if city >= 0 else None
        content = b'["features", "", ["city", "is new", "size"]]\n'
        content += hashlib.blake2b(text, digest_size=8).digest() if text else hole
        content += b"".join(struct.pack("<d", x) if x >= 0 else hole for x in (new, size))
        number = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big") / 2**64
        expected.append("train" if number < 0.6 else "validation" if number < 0.8 else "holdout")

    assert split_of_each(split_dataset(data, ""), rows) == expected


SHOP_ROWS = 300


def shop(*, grown: bool, corrected: bool = False, numbers: bool = False) -> dict[str, list[Any]]:
    """Return a table of customers. If *grown*, it has new values in rows before and after."""
    random = np.random.default_rng(5)
    old: dict[str, list[Any]] = {
        "spot": [1000 * number for number in range(SHOP_ROWS)],
        "city": random.choice(["Graz", "Wien"], SHOP_ROWS).tolist(),
        "age": random.integers(18, 99, SHOP_ROWS).tolist(),
        "is new": random.choice([True, False], SHOP_ROWS).tolist(),
        "spent": random.normal(100, 20, SHOP_ROWS).tolist(),
        "y": (
            random.normal(size=SHOP_ROWS) if numbers else random.integers(0, 2, SHOP_ROWS)
        ).tolist(),
    }
    if corrected:
        old["y"] = [value + 0.5 if numbers else 1 - value for value in old["y"]]
    if not grown:
        return old
    new: dict[str, list[Any]] = {
        "spot": [-1, -2, -3],
        "city": ["Aach", "Zell", None],  # one before all others, one behind
        "age": [None, 33, 44],
        "is new": [True, None, False],
        "spent": [float("nan"), 1e6, -1e6],
        "y": [0, 1, 1],
    }
    return {name: [*new[name], *values, *new[name][::-1]] for name, values in old.items()}


def splits_by_spot(folder: Path, columns: dict[str, list[Any]], metric: str) -> dict[float, str]:
    """Return the split of each row by its `spot`, which differs in all rows."""
    path = folder / "shop.parquet"
    parquet.write_table(pa.table(columns), path)
    data = load_dataset(TrainerSettings(dataset=path, target="y"), metric)
    place = names(data).index("spot")
    named = split_dataset(data, "").by_name().items()
    return {number: name for name, part in named for number in part.rows[:, place].tolist()}


@pytest.mark.parametrize("numbers", [False, True], ids=["classes", "numbers"])
@pytest.mark.parametrize("corrected", [False, True], ids=["as it was", "corrected"])
def test_a_retrain_on_grown_data_keeps_every_old_row_in_its_split(
    tmp_path: Path, *, numbers: bool, corrected: bool
) -> None:
    """Also with a new category, the first missing values of a column, and corrected targets."""
    metric = "r2" if numbers else "accuracy"
    before = splits_by_spot(tmp_path, shop(grown=False, numbers=numbers), metric)
    grown = shop(grown=True, corrected=corrected, numbers=numbers)
    after = splits_by_spot(tmp_path, grown, metric)

    assert set(before.values()) == {"train", "validation", "holdout"}
    assert len(after) == SHOP_ROWS + 3
    assert {number: after[number] for number in before} == before


def test_keys_and_targets_follow_their_rows() -> None:
    data = replace(two_blobs(), keys=np.array([f"{i}" for i in range(200)], dtype=object))
    rows, target = data.rows.copy(), data.target.copy()

    parts = split_dataset(data, "")

    assert data.keys is not None
    was = data.keys.astype(int)
    assert np.array_equal(data.rows, rows[was])
    assert np.array_equal(data.target, target[was])
    assert all(np.shares_memory(part.rows, data.rows) for part in parts.by_name().values())
