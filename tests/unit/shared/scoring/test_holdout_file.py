"""holdout.npz is decoded to what was encoded; other bytes raise DocumentError."""

import io
import pickle
import struct
import zipfile

import numpy as np
import pytest

from shared.contract.documents import Feature
from shared.errors import DocumentError
from shared.scoring.holdout_file import Holdout, decode_holdout, encode_holdout
from shared.scoring.npz_arrays import MAX_BYTES
from tests.support.models.toy import toy_model, toy_rows

ARTEFACT = toy_model().artefact
HOLDOUT = Holdout(toy_rows(4), np.array([0, 1, 1, 0]))


def archive(compression: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def array(value: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(value))
    return buffer.getvalue()


COLUMN = array([1.0, 2.0])
TARGET = array([0, 1])
NO_VALUE = np.zeros(0)
NO_CLASS = np.zeros(0, dtype=np.int64)


def test_decoding_returns_what_was_encoded() -> None:
    read = decode_holdout(encode_holdout(HOLDOUT), ARTEFACT, "holdout")

    assert np.array_equal(read.rows, HOLDOUT.rows)
    assert np.array_equal(read.target, HOLDOUT.target)
    assert (read.rows.dtype.name, read.target.dtype.name) == ("float64", "int64")


def test_the_times_of_the_rows_come_back_and_are_selected_with_them() -> None:
    timed = Holdout(HOLDOUT.rows, HOLDOUT.target, np.array([3.5, -1.0, 0.0, 1.7e9]))
    read = decode_holdout(encode_holdout(timed), ARTEFACT, "holdout")
    assert read.times is not None
    assert read.times.tolist() == [3.5, -1.0, 0.0, 1.7e9]
    newer = read.select(read.times > 0)
    assert newer.times is not None
    assert newer.times.tolist() == [3.5, 1.7e9]
    assert newer.rows.tolist() == HOLDOUT.rows[[0, 3]].tolist()
    assert newer.target.tolist() == [0, 0]
    assert decode_holdout(encode_holdout(HOLDOUT), ARTEFACT, "holdout").times is None


@pytest.mark.parametrize("times", [[1.0, 2.0], [1.0, 2.0, 3.0, np.nan], [np.inf] * 4], ids=str)
def test_times_that_are_not_one_finite_number_for_each_row_are_refused(times: list[float]) -> None:
    data = encode_holdout(Holdout(HOLDOUT.rows, HOLDOUT.target, np.array(times)))
    with pytest.raises(DocumentError, match="time must be one finite number for each row"):
        decode_holdout(data, ARTEFACT, "holdout")


def test_the_same_holdout_gives_the_same_bytes() -> None:
    fortran = Holdout(np.asfortranarray(HOLDOUT.rows), HOLDOUT.target.copy())

    assert encode_holdout(fortran) == encode_holdout(HOLDOUT)


def test_arrays_of_a_later_release_are_passed_over() -> None:
    data = archive(feature_0=COLUMN, feature_1=COLUMN, target=TARGET, weights=COLUMN)

    assert len(decode_holdout(data, ARTEFACT, "holdout").rows) == 2


def test_a_holdout_that_no_reader_takes_is_not_written() -> None:
    vast = np.broadcast_to(np.float64(1.0), (MAX_BYTES // 16 + 1, 2))

    with pytest.raises(DocumentError, match="at most 1024 are allowed"):
        encode_holdout(Holdout(vast, np.zeros(1, dtype=np.int64)))


def huge_header() -> bytes:
    """Write the header of an array of 8 TiB."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,)}\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\0" * 16


def overlapping() -> bytes:
    """Write one array that the table of contents lists a hundred times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("target.npy", TARGET)
        file.filelist *= 100
    return buffer.getvalue()


def pickled() -> bytes:
    return array(np.array([print, print], dtype=object))


BAD = {
    "not a zip": (b"holdout", "not a zip"),
    "empty": (b"", "not a zip"),
    "a pickle instead of a zip": (pickle.dumps([1.0]), "not a zip"),
    "no target": (archive(feature_0=COLUMN, feature_1=COLUMN), "no array called target"),
    "a feature missing": (archive(feature_0=COLUMN, target=TARGET), "no array called feature_1"),
    "a pickled column": (
        archive(feature_0=pickled(), feature_1=COLUMN, target=TARGET),
        "feature_0 must be a float64 array",
    ),
    "columns of different length": (
        archive(feature_0=COLUMN, feature_1=array([1.0]), target=TARGET),
        "feature_1 has 1 rows, the target 2",
    ),
    "two dimensions": (
        archive(feature_0=array([[1.0], [2.0]]), feature_1=COLUMN, target=TARGET),
        "of one dimension",
    ),
    "no dimension": (
        archive(feature_0=array(1.0), feature_1=COLUMN, target=TARGET),
        "of one dimension",
    ),
    "a float32 column": (
        archive(feature_0=array(np.zeros(2, dtype=np.float32)), feature_1=COLUMN, target=TARGET),
        "found float32",
    ),
    "a float target": (
        archive(feature_0=COLUMN, feature_1=COLUMN, target=COLUMN),
        "target must be a int64 array",
    ),
    "NaN": (
        archive(feature_0=array([1.0, np.nan]), feature_1=COLUMN, target=TARGET),
        "not finite",
    ),
    "infinity": (
        archive(feature_0=array([1.0, np.inf]), feature_1=COLUMN, target=TARGET),
        "not finite",
    ),
    "a class that is not there": (
        archive(feature_0=COLUMN, feature_1=COLUMN, target=array([0, 2])),
        "must be from 0 to 1",
    ),
    "a negative class": (
        archive(feature_0=COLUMN, feature_1=COLUMN, target=array([-1, 1])),
        "must be from 0 to 1",
    ),
    "no rows": (
        archive(feature_0=array(NO_VALUE), feature_1=array(NO_VALUE), target=array(NO_CLASS)),
        "no rows",
    ),
    "a shape larger than the file": (
        archive(feature_0=huge_header(), feature_1=COLUMN, target=TARGET),
        "1099511627776",
    ),
    "a header that is not a literal": (
        archive(feature_0=b"\x93NUMPY\x01\x00\x04\x00f()\n", feature_1=COLUMN, target=TARGET),
        "not a plain array",
    ),
    "a member that is no array": (
        archive(feature_0=b"plain", feature_1=COLUMN, target=TARGET),
        "not a plain array",
    ),
    "one array many times over": (overlapping(), "claims more bytes than it has"),
    "a compressed archive": (
        archive(zipfile.ZIP_DEFLATED, feature_0=COLUMN, feature_1=COLUMN, target=TARGET),
        "is compressed",
    ),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_a_bad_holdout_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        decode_holdout(data, ARTEFACT, "the holdout")


def test_every_truncation_and_every_flipped_bit_is_read_or_refused_but_never_surprises() -> None:
    whole = encode_holdout(HOLDOUT)
    damaged = [whole[:length] for length in range(len(whole))]
    damaged += [
        whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
        for place in range(len(whole))
    ]
    for data in damaged:
        try:
            decode_holdout(data, ARTEFACT, "the holdout")
        except DocumentError:
            continue


def test_a_file_above_the_limit_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.scoring.npz_arrays.MAX_BYTES", -(2 << 20))

    with pytest.raises(DocumentError, match="are read"):
        decode_holdout(encode_small(), ARTEFACT, "the holdout")


def encode_small() -> bytes:
    return archive(feature_0=COLUMN, feature_1=COLUMN, target=TARGET)


def test_missing_values_codes_and_a_regressors_numbers_come_back() -> None:
    features = (
        Feature(name="age", type="number", nullable=True),
        Feature(name="city", type="category", categories=("Bonn", "Köln")),
    )
    artefact = ARTEFACT.model_copy(
        update={"task": "regression", "features": features, "classes": ()}
    )
    written = Holdout(np.array([[np.nan, 1.0], [3.0, 0.0]]), np.array([0.5, -7.25]))

    read = decode_holdout(encode_holdout(written), artefact, "holdout")

    assert np.array_equal(read.rows, written.rows, equal_nan=True)
    assert (read.target.tolist(), read.target.dtype.name) == ([0.5, -7.25], "float64")


@pytest.mark.parametrize("value", [np.nan, 2.0, -1.0, 0.5])
def test_a_value_that_no_row_of_the_data_can_have_is_refused(value: float) -> None:
    city = Feature(name="city", type="category", categories=("Bonn", "Köln"))
    artefact = ARTEFACT.model_copy(update={"features": (city,)})
    data = encode_holdout(Holdout(np.array([[0.0], [value]]), np.array([0, 1])))

    with pytest.raises(DocumentError, match="'city'"):
        decode_holdout(data, artefact, "holdout")
