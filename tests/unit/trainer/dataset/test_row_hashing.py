"""Hashes of rows: the same row has the same one in every run."""

import hashlib
import struct
from dataclasses import replace

import numpy as np

from tests.support.tables.tables import two_blobs
from trainer.dataset.row_hashing import hash_rows, hash_splits
from trainer.dataset.split import split_dataset


def test_the_hash_is_the_one_that_the_volume_format_specifies() -> None:
    data = two_blobs(3)
    width, height = data.rows[0]
    content = b'["features", "", ["height", "width"]]\n' + struct.pack("<dd", height, width)
    expected = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")

    assert hash_rows(data, "").dtype == np.uint64
    assert hash_rows(data, "")[0] == expected


def test_only_the_key_of_a_keyed_row_is_hashed() -> None:
    data = replace(two_blobs(2), keys=np.array(["größe 0", "größe 1"], dtype=object))
    content = '["key", ""]\ngröße 0'.encode()
    expected = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")

    assert hash_rows(data, "")[0] == expected
    assert (hash_rows(replace(data, rows=data.rows + 1), "") == hash_rows(data, "")).all()


def test_each_row_is_fitted_or_in_the_holdout_for_every_salt() -> None:
    every = np.sort(hash_rows(two_blobs(), ""))
    for salt in ("", "another"):
        data = two_blobs()
        parts = split_dataset(data, salt)
        hashes = hash_splits(data, len(parts.holdout.rows))

        assert len(hashes.fitted) == len(parts.train.rows) + len(parts.validation.rows)
        assert (np.diff(hashes.fitted.astype(object)) > 0).all(), "sorted, for those who search"
        assert (np.sort([*hashes.fitted, *hashes.holdout]) == every).all()
        of_holdout = replace(data, rows=parts.holdout.rows)
        assert (hash_rows(of_holdout, "") == hashes.holdout).all(), "in the holdout's order"


def test_equal_rows_have_one_hash() -> None:
    data = two_blobs(50)
    twice = replace(data, rows=np.vstack([data.rows] * 2), target=np.concatenate([data.target] * 2))
    parts = split_dataset(twice, "")
    hashes = hash_splits(twice, len(parts.holdout.rows))

    assert len(hashes.fitted) == (len(parts.train.rows) + len(parts.validation.rows)) // 2
    assert not np.isin(hashes.holdout, hashes.fitted).any()
