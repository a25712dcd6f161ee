"""rows.npz is decoded to what was encoded; other bytes raise DocumentError."""

import numpy as np
import pytest

from shared.errors import DocumentError
from shared.scoring.npz_arrays import encode_arrays
from shared.scoring.row_hash_file import RowHashes, decode_row_hashes, encode_row_hashes

HASHES = RowHashes(np.array([1, 2**64 - 1], dtype=np.uint64), np.array([7, 3, 7], dtype=np.uint64))


def test_decoding_returns_what_was_encoded() -> None:
    read = decode_row_hashes(encode_row_hashes(HASHES), "rows")

    assert read.fitted.tolist() == [1, 2**64 - 1]
    assert read.holdout.tolist() == [7, 3, 7], "in the order of the holdout"


def test_the_same_rows_give_the_same_bytes() -> None:
    assert encode_row_hashes(HASHES) == encode_row_hashes(HASHES)


@pytest.mark.parametrize("fitted", [[2, 1], [1, 1]], ids=["not sorted", "twice"])
def test_fitted_hashes_that_are_not_sorted_are_refused(fitted: list[int]) -> None:
    bytes_ = encode_row_hashes(RowHashes(np.array(fitted, dtype=np.uint64), HASHES.holdout))
    with pytest.raises(DocumentError, match="rows: fitted is not sorted"):
        decode_row_hashes(bytes_, "rows")


def test_signed_numbers_are_no_hashes() -> None:
    numbers = np.array([1], dtype=np.int64)
    with pytest.raises(DocumentError, match="fitted must be a uint64 array"):
        decode_row_hashes(encode_arrays("rows", {"fitted": numbers, "holdout": numbers}), "rows")


def test_hashes_above_the_limit_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    data_ = encode_row_hashes(HASHES) + bytes(1 << 20)
    monkeypatch.setattr("shared.scoring.npz_arrays.MAX_BYTES", 10)
    with pytest.raises(DocumentError, match="rows.npz has 0 MiB"):
        encode_row_hashes(HASHES)
    with pytest.raises(DocumentError, match="10 are read"):
        decode_row_hashes(data_, "rows")
