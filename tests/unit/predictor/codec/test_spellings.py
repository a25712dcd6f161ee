"""Names, strings and missing values of a request are found in the spelling of the file."""

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from predictor.codec.input_schema import InputSchema
from predictor.codec.mixed_reader import MixedReader
from predictor.codec.numeric_reader import NumericReader
from predictor.codec.strict_parser import read_strictly
from predictor.http.row_json_schema import make_row_schema
from shared.contract.documents import Feature
from shared.errors import InputError
from shared.inference.feature_encoding import UNSEEN

SPELLINGS = ("NA", "?", "a:b", r"\N")
FEATURES = (
    Feature(name="power", type="number", nullable=True, missing_values=SPELLINGS),
    Feature(name="größe", type="number", missing_values=SPELLINGS),
    Feature(name="member", type="boolean", nullable=True, missing_values=SPELLINGS),
    Feature(
        name="unit type",
        type="category",
        categories=("private", "öffentlich"),
        nullable=True,
        missing_values=SPELLINGS,
    ),
    Feature(
        name="region", type="category", categories=(" EU", "NA", "US", "US "), missing_values=("-",)
    ),
)
NAN = math.nan


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def read_each_way(row: Any, features: Sequence[Feature] = FEATURES) -> list[list[float]]:
    """Read one row with the fast reader's three ways if it can, and with the strict parser."""
    schema = InputSchema(features)
    reader = MixedReader(schema)
    one, many = (json.dumps(body).encode() for body in ({"features": row}, {"instances": [row]}))
    ways = [reader.read(one).rows, reader.read(many).rows, read_strictly(one, schema).rows]
    ways += [] if (fast := reader.read_one(one)) is None else [np.array([fast])]
    return [rows[0].tolist() for rows in ways]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([1, 2, True, "private", "US"], [1, 2, 1, 0, 2]),
        ([1, 2, True, " private", "US"], [1, 2, 1, 0, 2]),
        ([1, 2, True, "private\u00a0", " US"], [1, 2, 1, 0, 2]),
        ([1, 2, True, "\ufeffprivate\t", "US "], [1, 2, 1, 0, 3]),
        ([1, 2, True, decomposed("öffentlich"), "EU"], [1, 2, 1, 1, 0]),
        ([1, 2, True, "öffentlich", " EU"], [1, 2, 1, 1, 0]),
        ([1, 2, True, "Private", "eu"], [1, 2, 1, UNSEEN, UNSEEN]),
        (["NA", 2, "NA", "NA", "NA"], [NAN, 2, NAN, NAN, 1]),
        (["?", 2, "?", "?", "?"], [NAN, 2, NAN, NAN, UNSEEN]),
        (["a:b", 2, " a:b", "a:b ", "a:b"], [NAN, 2, NAN, NAN, UNSEEN]),
        ([r"\N", 2, r"\N", r"\N", "US"], [NAN, 2, NAN, NAN, 2]),
        (["", 2, "", "", "US"], [NAN, 2, NAN, NAN, 2]),
        ([" ", 2, "\u3000", " \t", "US"], [NAN, 2, NAN, NAN, 2]),
        ([" NA", 2, "NA\n", "\u200bNA", "US"], [NAN, 2, NAN, NAN, 2]),
        ([None, 2, None, None, "US"], [NAN, 2, NAN, NAN, 2]),
        ({"größe": 2, "region": "US"}, [NAN, 2, NAN, NAN, 2]),
        ({decomposed("größe"): 2, "region ": "US", " power": 1}, [1, 2, NAN, NAN, 2]),
        ({"größe": 2, "region": "US", "unit\u00a0 type": "private"}, [NAN, 2, NAN, 0, 2]),
    ],
)
def test_a_row_in_the_spelling_of_the_file_is_read(row: Any, expected: list[float]) -> None:
    for found in read_each_way(row):
        assert np.array_equal(found, expected, equal_nan=True)


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ([1, "NA", True, "private", "US"], "missing_value", "number; found 'NA', a missing value"),
        ([1, "", True, "private", "US"], "missing_value", "number; found an empty string"),
        ([1, 2, True, "private", "-"], "missing_value", "a string; found '-', a missing value"),
        ([1, 2, True, "private", " - "], "missing_value", "a string; found ' - ', a missing"),
        ([1, 2, True, "private", "  "], "missing_value", "a string; found '  ', a missing value"),
        (["na", 2, True, "private", "US"], "not_a_number", "number or null; found a string"),
        (["1", 2, True, "private", "US"], "not_a_number", "number or null; found a string"),
        ([1, 2, "true", "private", "US"], "not_a_boolean", "or null; found a string"),
        (
            {"größe": 2, decomposed("größe"): 2, "region": "US"},
            "duplicate_key",
            r"'größe' twice: as 'gr\\xf6\\xdfe' and as 'gro\\u0308\\xdfe'",
        ),
        ({"größe": 2, "Region": "US"}, "unknown_features", "Did you mean 'region'[?]$"),
        (
            {"größe": 2, "regi\u043en": "US"},
            "unknown_features",
            "It has LATIN SMALL LETTER O instead of CYRILLIC SMALL LETTER O",
        ),
    ],
)
def test_a_spelling_that_is_not_read_is_named(row: Any, code: str, says: str) -> None:
    reader = MixedReader(InputSchema(FEATURES))
    for body in ({"features": row}, {"instances": [row]}):
        with pytest.raises(InputError, match=says) as caught:
            reader.read(json.dumps(body).encode())
        assert caught.value.code == code


def test_a_model_of_numbers_finds_names_in_any_spelling() -> None:
    features = [
        Feature(name=name, type="number", missing_values=("NA",)) for name in ("größe", "b")
    ]
    reader = NumericReader(InputSchema(features))
    body = json.dumps({"features": {decomposed("größe"): 1, " b": 2}}).encode()
    assert reader.read_one(body) is None
    assert reader.read(body).rows.tolist() == [[1, 2]]
    with pytest.raises(InputError, match="found 'NA', a missing value, but this feature was never"):
        reader.read(b'{"features": ["NA", 2]}')


def test_a_model_without_a_list_takes_the_empty_string_only() -> None:
    features = [
        Feature(name="a", type="number", nullable=True),
        Feature(name="b", type="category", categories=("x", "y "), nullable=True),
    ]
    for found in read_each_way(["", "y "], features):
        assert np.array_equal(found, [NAN, 1], equal_nan=True)
    for found in read_each_way([1, "NA"], features):
        assert found == [1, UNSEEN]
    with pytest.raises(InputError, match="number or null; found a string"):
        read_each_way(["NA", "x"], features)


def allows_text(schema: dict[str, Any], text: str) -> bool:
    """Evaluate the few words of JSON Schema that describe a value."""
    if "anyOf" in schema:
        return any(allows_text(each, text) for each in schema["anyOf"])
    return (
        "string" in schema["type"]
        and re.search(schema.get("pattern", ""), text) is not None
        and not ("not" in schema and re.search(schema["not"]["pattern"], text))
    )


def test_the_json_schema_accepts_the_missing_values_that_the_reader_accepts() -> None:
    values = make_row_schema(FEATURES)["anyOf"][0]["prefixItems"]
    good = [1, 2, True, "private", "US"]
    for place, feature in enumerate(FEATURES):
        for text in ("", "NA", "?", "a:b", r"\N", " NA ", "-", "na", "other"):
            row = [*good[:place], text, *good[place + 1 :]]
            try:
                read_each_way(row)
                is_accepted = True
            except InputError:
                is_accepted = False
            assert allows_text(values[place], text) == is_accepted, (feature.name, text)
