"""Names that the model does not have are refused by default, and ignored by setting."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from predictor.codec.input_schema import InputSchema
from predictor.codec.mixed_reader import MixedReader
from predictor.codec.numeric_reader import NumericReader
from predictor.codec.row_reader import BodyReader
from predictor.codec.strict_parser import read_strictly
from predictor.http.row_json_schema import make_row_schema
from shared.contract.documents import Feature
from shared.errors import InputError
from tests.support.models.mixed import FEATURES as MIXED
from tests.support.models.toy import FEATURES, numbers_called

EXTRAS: list[dict[str, Any]] = [
    {"customer": "Ada"},
    {"at": "2026-01-01T12:30:00", "deep": {"width": [1, {"x": None}]}, "big": 10**400},
    {"": None, "Width": 9, "\ud800": True},
]
NUMBERS = numbers_called(FEATURES)
MIXED_ROW = {"age": 41, "member": True, "colour": "red"}


def reader_of(features: Sequence[Feature]) -> BodyReader:
    schema = InputSchema(features, ignores_extra=True)
    return MixedReader(schema) if features is MIXED else NumericReader(schema)


@pytest.mark.parametrize("extra", EXTRAS, ids=str)
@pytest.mark.parametrize(
    ("features", "row"), [(NUMBERS, {"width": 1, "height": 2}), (MIXED, MIXED_ROW)]
)
def test_ignored_names_do_not_change_the_row(
    features: Sequence[Feature], row: dict[str, Any], extra: dict[str, Any]
) -> None:
    reader = reader_of(features)
    for make in (
        lambda values: {"features": values},
        lambda values: {"instances": [row, values], "ids": ["a", "b"]},
    ):
        plain, more, mixed = (
            json.dumps(make(values)).encode() for values in (row, row | extra, extra | row)
        )
        expected = reader.read(plain)
        for body in (more, mixed):
            for found in (reader.read(body), read_strictly(body, reader.schema)):
                assert np.array_equal(found.rows, expected.rows, equal_nan=True)
                assert found.ids == expected.ids
            assert (one := reader.read_one(body)) is None or len(one) == len(features)
            with pytest.raises(InputError) as refused:
                read_strictly(body, InputSchema(features))
            assert refused.value.code == "unknown_features"


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        (
            {"width": 1, "hight": 2},
            "missing_features",
            "lacks height; .* width, height. PREDICTOR_EXTRA_FEATURES=ignore: 'hight' ignored.",
        ),
        ({"width": 1, "height": 2, " width": 3}, "duplicate_key", "'width' twice"),
        ({"width": 1, "height": "2", "x": 1}, "not_a_number", "features.height must be"),
        ([1, 2, 3], "wrong_feature_count", "must contain 2 numbers"),
        ({}, "missing_features", "lacks width, height; the model takes width, height.$"),
    ],
)
def test_every_other_mistake_is_still_named(row: Any, code: str, says: str) -> None:
    reader = reader_of(NUMBERS)
    with pytest.raises(InputError, match=says) as refused:
        reader.read(json.dumps({"features": row}).encode())
    assert refused.value.code == code


def test_a_name_twice_is_found_among_ignored_names() -> None:
    for body in (
        b'{"features": {"width": 1, "height": 2, "x": 1, "x": 2}}',
        b'{"features": {"width": 1, "height": 2, "x": {"y": 1, "y": 2}}}',
        b'{"features": {"width": 1, "height": 2, "x\\u003a": 1, "width": 2}}',
    ):
        with pytest.raises(InputError, match="twice"):
            reader_of(NUMBERS).read(body)


def test_a_misspelt_name_of_a_nullable_feature_is_a_missing_value() -> None:
    rows = reader_of(MIXED).read(json.dumps({"features": {**MIXED_ROW, "fair": 7}}).encode()).rows
    assert np.isnan(rows[0, 1])


def test_the_json_schema_says_whether_other_names_are_allowed() -> None:
    for ignores_extra in (True, False):
        by_name = make_row_schema(MIXED, ignores_extra=ignores_extra)["anyOf"][1]
        assert by_name["additionalProperties"] is ignores_extra
