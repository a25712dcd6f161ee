"""Rows of one shape are decoded without dictionaries, and every other row as strictly as before."""

import json
from collections.abc import Sequence

import numpy as np
import pytest

from predictor.codec.input_schema import InputSchema
from predictor.codec.mixed_reader import MixedReader
from predictor.codec.numeric_reader import NumericReader
from predictor.codec.row_pieces import PIECE_BYTES
from predictor.codec.row_reader import BodyReader
from predictor.codec.strict_parser import read_strictly
from shared.contract.documents import Feature
from shared.errors import InputError
from tests.support.models.toy import numbers_called

NUMBERS = numbers_called(["height", "a:b", "Größe"])
MIXED = (
    Feature(name="height", type="number", nullable=True),
    Feature(name="colour", type="category", categories=("blue: dark", "red"), nullable=True),
    Feature(name="is new", type="boolean"),
)
READERS = (NumericReader(InputSchema(NUMBERS)), MixedReader(InputSchema(MIXED)))
MANY = 2 * PIECE_BYTES // 30
"""Rows that take several pieces."""
ROWS: dict[type[BodyReader], dict[str, object]] = {
    NumericReader: {"height": 1.5, "a:b": -2, "Größe": 3e5},
    MixedReader: {"height": None, "colour": "blue: dark", "is new": True},
}


def encode(rows: Sequence[object], *, ascii_only: bool = True) -> bytes:
    return json.dumps({"instances": rows}, ensure_ascii=ascii_only).encode()


def assert_read_as_strictly(reader: BodyReader, body: bytes) -> None:
    found, expected = reader.read(body), read_strictly(body, reader.schema)
    assert np.array_equal(found.rows, expected.rows, equal_nan=True)
    assert (found.many, found.ids) == (expected.many, expected.ids)


@pytest.mark.parametrize("count", [1, MANY])
@pytest.mark.parametrize("reader", READERS)
def test_rows_by_name_may_have_any_order_and_spelling(reader: BodyReader, count: int) -> None:
    row = ROWS[type(reader)]
    backwards = dict(reversed(row.items()))
    for rows in ([row] * count, [backwards] * count, [row, list(row.values())] * count):
        for ascii_only in (True, False):
            assert_read_as_strictly(reader, encode(rows, ascii_only=ascii_only))


def test_a_name_that_may_be_missing_is_omitted_in_some_of_many_rows() -> None:
    row = ROWS[MixedReader]
    without = {name: value for name, value in row.items() if name != "height"}
    assert_read_as_strictly(READERS[1], encode([row, row, without] * MANY))


@pytest.mark.parametrize(
    "name", ['an "inch"', "back\\slash", "two\nlines", "", "\u0000", "😀"], ids=ascii
)
def test_a_name_that_cannot_be_a_field_is_read(name: str) -> None:
    reader = NumericReader(InputSchema(numbers_called(["height", name])))
    assert_read_as_strictly(reader, encode([{"height": 1, name: 2}] * MANY))


def test_many_names_in_another_order_are_read() -> None:
    names = [f"pixel {number}" for number in range(784)]
    reader = NumericReader(InputSchema(numbers_called(names)))
    rows = [{name: number for number, name in enumerate(reversed(names))}] * 50
    assert_read_as_strictly(reader, encode(rows))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("count", [2, MANY])
@pytest.mark.parametrize(
    ("last", "code"),
    [
        ('{"height": 1, "height": 1, %s}', "duplicate_key"),
        ('{"height": 1, "heights": 1, %s}', "unknown_features"),
        ("{%s}", None),
        ('{"height": "tall", %s}', "not_a_number"),
        ("[1, 1]", "wrong_feature_count"),
        ("[1, 1, 1, 1]", "wrong_feature_count"),
        ("[[1], 1, 1]", "not_a_number"),
        ("{}", "missing_features"),
    ],
)
def test_the_one_wrong_row_is_named(
    reader: BodyReader, count: int, last: str, code: str | None
) -> None:
    row = ROWS[type(reader)]
    others = json.dumps({name: value for name, value in row.items() if name != "height"})[1:-1]
    wrong = last % others if "%" in last else last
    body = encode([row] * count)[:-2] + b", %b]}" % wrong.encode()
    if code is None and reader is READERS[1]:
        assert_read_as_strictly(reader, body)
        return
    with pytest.raises(InputError) as expected:
        read_strictly(body, reader.schema)
    with pytest.raises(InputError) as refused:
        reader.read(body)
    assert (str(refused.value), refused.value.field) == (str(expected.value), expected.value.field)
    assert refused.value.code == (code or "missing_features")
