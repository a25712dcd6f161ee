"""holdout.npz keeps columns for slices; other bytes than those that are written are refused."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest

from shared.errors import DocumentError
from shared.scoring.holdout_file import Holdout, decode_holdout, encode_holdout
from shared.scoring.npz_arrays import encode_arrays
from shared.scoring.slice_columns import MAX_SLICE_COLUMNS, SliceColumn, SliceColumns
from tests.support.models.toy import toy_model, toy_rows

ARTEFACT = toy_model().artefact
SEX = SliceColumn(name="sex", type="category", nullable=True, categories=("f", "m"))
SINCE = SliceColumn(name="since", type="number", unit="seconds")
KEPT = SliceColumns((SEX, SINCE), np.array([[0, 1e9], [1, 2e9], [np.nan, 0], [0, -5]]))
HOLDOUT = Holdout(toy_rows(4), np.array([0, 1, 1, 0]), kept=KEPT)


def decode(data: bytes) -> Holdout:
    return decode_holdout(data, ARTEFACT, "holdout")


def changed(**arrays: Any) -> bytes:
    """Return the bytes of HOLDOUT with other arrays."""
    with zipfile.ZipFile(io.BytesIO(encode_holdout(HOLDOUT))) as file:
        found = {name[:-4]: np.load(io.BytesIO(file.read(name))) for name in file.namelist()}
    return encode_arrays("holdout.npz", {**found, **arrays})


def described(content: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(json.dumps(content).encode(), dtype=np.uint8)


def test_columns_and_values_come_back_and_are_selected_with_the_rows() -> None:
    read = decode(encode_holdout(HOLDOUT)).kept
    assert read is not None
    assert read.columns == (SEX, SINCE)
    assert np.array_equal(read.rows, KEPT.rows, equal_nan=True)
    some = decode(encode_holdout(HOLDOUT)).select(np.array([False, True, False, True])).kept
    assert some is not None
    assert some.rows.tolist() == [[1, 2e9], [0, -5]]


def test_a_holdout_without_such_columns_has_the_bytes_of_before() -> None:
    plain = Holdout(HOLDOUT.rows, HOLDOUT.target)
    names = zipfile.ZipFile(io.BytesIO(encode_holdout(plain))).namelist()
    assert names == ["feature_0.npy", "feature_1.npy", "target.npy"]
    assert decode(encode_holdout(plain)).kept is None


COLUMN = {"name": "sex", "type": "boolean"}
BAD: dict[str, dict[str, Any]] = {
    "no JSON": {"slice_columns": np.frombuffer(b"{", dtype=np.uint8)},
    "no columns": {"slice_columns": described({"columns": []})},
    "too many columns": {"slice_columns": described({"columns": [COLUMN] * 21})},
    "another type": {"slice_columns": described({"columns": [COLUMN | {"type": "text"}]})},
    "too long": {"slice_columns": np.full((1 << 20) + 1, 32, dtype=np.uint8)},
    "a code that is not a category": {"slice_0": np.array([0.0, 1, 2, 0])},
    "a missing value of a column without any": {"slice_1": np.array([0.0, np.nan, 2, 0])},
    "an infinite number": {"slice_1": np.array([0.0, np.inf, 2, 0])},
    "too few rows": {"slice_1": np.array([0.0, 1])},
    "integers": {"slice_1": np.array([0, 1, 2, 3])},
}


@pytest.mark.parametrize("name", BAD)
def test_malformed_columns_are_refused_with_the_name_of_the_file(name: str) -> None:
    with pytest.raises(DocumentError, match="holdout"):
        decode(changed(**BAD[name]))


def test_a_description_that_is_too_large_is_not_written() -> None:
    categories = tuple(sorted(f"{number:0250}" for number in range(1000)))
    vast = SliceColumn(name="x", type="category", categories=categories)
    columns = SliceColumns((vast,) * MAX_SLICE_COLUMNS, np.zeros((4, MAX_SLICE_COLUMNS)))
    with pytest.raises(DocumentError, match=r"TRAINER_SLICE_COLUMNS has \d+ bytes; at most"):
        encode_holdout(Holdout(HOLDOUT.rows, HOLDOUT.target, kept=columns))
