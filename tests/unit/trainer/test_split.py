"""A row stays in its part for ever."""

import hashlib
import struct
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from shared.errors import DatasetError
from shared.metrics import Truth
from tests.tables import SCHEMA, two_blobs
from trainer.dataset import Dataset
from trainer.schema import Schema, numbers
from trainer.split import Parts, split


def part_of_each(parts: Parts, rows: npt.NDArray[np.float64]) -> list[str]:
    """The name of the part that holds each row."""
    found = {row.tobytes(): name for name, part in parts.named().items() for row in part.rows}
    return [found[row.tobytes()] for row in np.ascontiguousarray(rows)]


def taken(data: Dataset, rows: slice | npt.NDArray[np.intp]) -> Dataset:
    return replace(data, rows=data.rows[rows], target=data.target[rows])


def test_every_row_is_in_one_part_about_60_20_20() -> None:
    data = two_blobs(5000)
    parts = split(data, "")

    sizes = [len(part.rows) for part in parts.named().values()]
    assert sum(sizes) == 5000
    assert sizes[0] == pytest.approx(3000, abs=100)
    assert sizes[1] == pytest.approx(1000, abs=100)
    for part in parts.named().values():
        assert len(part.target) == len(part.rows)


def test_the_split_is_the_one_that_is_specified() -> None:
    """A change here would move rows that champions were trained on into later holdouts."""
    data = two_blobs()
    expected = []
    for width, height in data.rows:
        line = b'["features", "salt", ["height", "width"]]\n'
        content = line + struct.pack("<dd", height, width)
        number = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big") / 2**64
        expected.append("train" if number < 0.6 else "validation" if number < 0.8 else "holdout")

    assert part_of_each(split(data, "salt"), data.rows) == expected


def test_the_split_by_key_is_the_one_that_is_specified() -> None:
    data = replace(two_blobs(), keys=np.array([f"größe {i}" for i in range(200)], dtype=object))
    content = '["key", ""]\ngröße 0'.encode()
    number = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big") / 2**64

    assert part_of_each(split(data, ""), data.rows[:1]) == ["train"]
    assert number < 0.6


def with_names(*names: str) -> Schema:
    return replace(SCHEMA, features=numbers(names))


def test_rows_stay_when_the_data_grows_and_is_shuffled() -> None:
    data = two_blobs(400)
    before = part_of_each(split(taken(data, slice(200)), ""), data.rows[:200])
    shuffled = taken(data, np.random.default_rng(1).permutation(400))

    assert part_of_each(split(shuffled, ""), data.rows[:200]) == before


def test_rows_stay_when_their_label_is_corrected() -> None:
    data = two_blobs()
    corrected = replace(data, target=1 - data.target)

    assert part_of_each(split(corrected, ""), data.rows) == part_of_each(split(data, ""), data.rows)


def test_rows_stay_when_columns_change_places() -> None:
    data = two_blobs()
    swapped = replace(data, rows=data.rows[:, ::-1].copy(), schema=with_names("height", "width"))

    assert part_of_each(split(swapped, ""), swapped.rows) == part_of_each(
        split(data, ""), data.rows
    )


def test_a_row_that_stands_twice_is_twice_in_one_part() -> None:
    data = two_blobs()
    twice = taken(data, np.tile(np.arange(200), 2))
    parts = split(twice, "")

    for part in parts.named().values():
        assert len(part.rows) == 2 * len(np.unique(part.rows, axis=0))


def test_zero_has_no_sign() -> None:
    zeros = replace(two_blobs(400), rows=np.zeros((400, 2)))
    signed = replace(zeros, rows=np.where(np.arange(800).reshape(400, 2) % 3, 0.0, -0.0))

    for data in (zeros, signed):
        with pytest.raises(DatasetError, match=r"\(0 rows\)"):  # all of them are in one part
            split(data, "")


def test_another_salt_is_another_split() -> None:
    data = two_blobs()

    assert part_of_each(split(data, "a"), data.rows) != part_of_each(split(data, "b"), data.rows)


def test_with_a_key_rows_stay_when_all_their_values_change() -> None:
    keys = np.array([f"customer {i // 2}" for i in range(200)], dtype=object)
    data = replace(two_blobs(), keys=keys)
    changed = replace(
        data, rows=np.hstack((data.rows * 2, data.rows)), schema=with_names("a", "b", "c", "d")
    )

    def parts(data: Dataset) -> list[str]:
        return part_of_each(split(data, ""), data.rows)

    assert parts(data) == parts(changed)
    assert parts(data)[::2] == parts(data)[1::2]  # both rows of a customer


def test_a_part_without_a_class_proposes_a_salt() -> None:
    data = two_blobs()
    rare = replace(data, target=np.eye(200, dtype=np.int64)[0])

    with pytest.raises(
        DatasetError, match=r"The \w+ part \(\d+ rows\) has no row of class 'large'"
    ) as e:
        split(rare, "")

    assert "TRAINER_SPLIT_SALT" in str(e.value)


def test_every_row_keeps_its_label() -> None:
    data = two_blobs()

    def labelled(rows: npt.NDArray[np.float64], target: Truth) -> set[object]:
        return {(*row, label) for row, label in zip(rows.tolist(), target.tolist(), strict=True)}

    parts = split(data, "").named().values()
    assert set.union(*(labelled(part.rows, part.target) for part in parts)) == labelled(
        data.rows, data.target
    )
