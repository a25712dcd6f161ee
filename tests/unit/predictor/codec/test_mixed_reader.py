"""Both readers read booleans, categories and missing values alike, and name each mistake."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.codec.input_schema import InputSchema
from predictor.codec.mixed_reader import MixedReader
from predictor.codec.strict_parser import PredictRequest, read_strictly
from shared.contract.documents import Feature, FeatureType
from shared.errors import InputError
from shared.inference.feature_encoding import UNSEEN
from shared.inference.strict_values import FLOAT32_MAX
from tests.support.models.mixed import FEATURES

NAN = math.nan
reader = MixedReader(InputSchema(FEATURES))


def read_both(body: bytes, features: Sequence[Feature] = FEATURES) -> PredictRequest:
    """Read with the fast reader only, and check that the strict parser agrees."""
    quick, strict = (
        MixedReader(InputSchema(features))._read_fast(body),
        read_strictly(body, InputSchema(features)),
    )
    assert outcome(quick) == outcome(strict)
    return quick


def outcome(read: PredictRequest | InputError) -> object:
    if isinstance(read, InputError):
        return read.code, read.field, str(read)
    return read.rows.tobytes(), read.rows.shape, read.rows.dtype, read.many


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([41, 7.5, True, "red", "Oslo"], [41, 7.5, 1, 2, 1]),
        ([41, None, False, "blue", None], [41, NAN, 0, 0, NAN]),
        ([-0.0, -1e30, False, "green", ""], [-0.0, -1e30, 0, 1, NAN]),
        ([0, 0, True, "mauve", "Nice"], [0, 0, 1, UNSEEN, UNSEEN]),
        ({"colour": "red", "age": 1, "fare": 2, "town": "Rome", "member": True}, [1, 2, 1, 2, 2]),
        ({"age": 1, "member": False, "colour": "red"}, [1, NAN, 0, 2, NAN]),
        ({"age": 1, "fare": None, "member": False, "colour": "Red"}, [1, NAN, 0, UNSEEN, NAN]),
    ],
)
def test_a_row_has_category_codes_and_nan_for_missing_values(
    row: Any, expected: list[float]
) -> None:
    one, many = ({"features": row}, {"instances": [row, row]})
    assert np.array_equal(read_both(json.dumps(one).encode()).rows, [expected], equal_nan=True)
    rows = read_both(json.dumps(many).encode()).rows
    assert np.array_equal(rows, [expected] * 2, equal_nan=True)
    plain = reader.read_one(json.dumps(one).encode())
    assert plain is not None
    assert all(type(number) is float for number in plain)
    assert np.array_equal(plain, expected, equal_nan=True)


@pytest.mark.parametrize(
    ("row", "code", "field", "says"),
    [
        ([1, 2, 1, "red", "Rome"], "not_a_boolean", "features[2]", "true or false; found a number"),
        ([1, 2, "true", "red", "Rome"], "not_a_boolean", "features[2]", "found a string"),
        ([1, 2, True, 3, "Rome"], "not_a_text", "features[3]", "a string; found a number"),
        (
            [1, 2, True, "red", False],
            "not_a_text",
            "features[4]",
            "string or null; found a boolean",
        ),
        (
            [1, "2", True, "red", ""],
            "not_a_number",
            "features[1]",
            "number or null; found a string",
        ),
        ([True, 2, True, "red", ""], "not_a_number", "features[0]", "found a boolean"),
        (
            [None, 2, True, "red", ""],
            "missing_value",
            "features[0]",
            "must be a number; found null",
        ),
        ([1, 2, None, "red", ""], "missing_value", "features[2]", "true or false; found null"),
        ([1, 2, True, None, ""], "missing_value", "features[3]", "a string; found null"),
        ([1, 2, True, "", ""], "missing_value", "features[3]", "found an empty string"),
        ([1, NAN, True, "red", ""], "not_finite", "features[1]", "found nan"),
        ([1, 1e39, True, "red", ""], "out_of_range", "features[1]", r"found 1e\+39"),
        ([1, None, True, "red"], "wrong_feature_count", "features", "5 values"),
        (7, "invalid_request", "features", "a list of 5 values or .* 5 named values"),
        ({"age": 1, "member": True}, "missing_features", "features.colour", "lacks colour;"),
        ({"age": None}, "missing_features", "features.member", "lacks member, colour;"),
        (
            {"age": 1, "member": True, "color": "red"},
            "unknown_features",
            "features.color",
            "'color'",
        ),
    ],
)
def test_a_mistake_is_named(row: Any, code: str, field: str, says: str) -> None:
    body = json.dumps({"features": row}).encode()
    assert reader.read_one(body) is None or code == "out_of_range"
    with pytest.raises(InputError, match=says) as refused:
        reader.read(body)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_repeated_name_is_found_beside_strings_with_colons() -> None:
    features = (
        Feature(name="at:", type="category", categories=("10:30", "11"), nullable=True),
        Feature(name="x", type="number", nullable=True),
    )
    for row in (b'{"at:": "10:30", "x": 1}', b'["10:30", 1]', b'["\\u0031\\u0031:", null]'):
        read = MixedReader(InputSchema(features)).read(b'{"features": ' + row + b"}")
        assert read.rows.shape == (1, 2)
    for row in (
        b'{"x": 1, "at:": "10\\u003a30", "x": 2}',
        b'{"x": 1, "at\\u003a": "11", "x": 2}',
        b'{"x": 1, "x": 2}',
    ):
        body = b'{"features": ' + row + b"}"
        assert MixedReader(InputSchema(features)).read_one(body) is None
        with pytest.raises(InputError, match="twice"):
            MixedReader(InputSchema(features)).read(body)


names = st.lists(
    st.sampled_from(["a", "b:", 'say "é"', "", " ", "x,y", "🦀", "\\"]),
    min_size=1,
    max_size=4,
    unique=True,
)
texts = st.sampled_from(["red", "10:30", "a,b", 'q"', "é", "\\", "null", "true", "1"])
categories = st.lists(texts, min_size=1, max_size=4, unique=True).map(sorted).map(tuple)


@st.composite
def schemas(draw: st.DrawFn) -> tuple[Feature, ...]:
    """Features of any types and names."""
    found = []
    for name in draw(names):
        kind: FeatureType = draw(st.sampled_from(["number", "boolean", "category"]))
        found.append(
            Feature(
                name=name,
                type=kind,
                nullable=draw(st.booleans()),
                categories=draw(categories) if kind == "category" else None,
            )
        )
    return tuple(found)


numbers: st.SearchStrategy[object] = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([math.nan, math.inf, 10**400, FLOAT32_MAX, 3.5e38])
)
anything: st.SearchStrategy[object] = (
    numbers | texts | st.sampled_from([None, True, False, "", [], {}, "unseen", "\ud800"])
)


def right(feature: Feature) -> st.SearchStrategy[Any]:
    """Draw a value that mostly fits *feature*, so that whole rows are often valid."""
    fitting: dict[str, st.SearchStrategy[Any]] = {
        "number": st.floats(-10, 10) | st.integers(-9, 9),
        "boolean": st.booleans(),
        "category": texts,
    }
    gaps = [st.none()] if feature.nullable else []
    return st.one_of(fitting[feature.type], *gaps)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[tuple[Feature, ...], bytes]:
    """Draw a schema, and a body that fits it, or nearly."""
    features = draw(schemas())
    fits = draw(st.sampled_from([True, True, False]))

    def row() -> Any:
        values = [draw(right(one) if fits else right(one) | anything) for one in features]
        if draw(st.booleans()):
            return values if fits else values[: draw(st.integers(0, 5))]
        named = dict(zip((one.name for one in features), values, strict=True))
        for one in features:
            if (one.nullable or not fits) and draw(st.booleans()):
                del named[one.name]
        return named if fits or draw(st.booleans()) else {**named, draw(texts): draw(anything)}

    content = draw(
        st.sampled_from(
            [
                lambda: {"features": row()},
                lambda: {"instances": [row() for _ in range(draw(st.integers(1, 3)))]},
            ]
        )
    )()
    text = json.dumps(content, ensure_ascii=draw(st.booleans()))
    if draw(st.integers(0, 5)) == 0:  # a repeated key
        text = text.replace('"}', '", "a": 1}')
    return features, text.encode("utf-8", "surrogatepass")


def attempt(read: Any) -> PredictRequest | InputError:
    try:
        found: PredictRequest = read()
    except InputError as error:
        return error
    return found


@given(bodies())
def test_both_readers_agree_for_every_schema(case: tuple[tuple[Feature, ...], bytes]) -> None:
    features, body = case
    mixed = MixedReader(InputSchema(features))
    strict = attempt(lambda: read_strictly(body, InputSchema(features)))
    assert outcome(attempt(lambda: mixed.read(body))) == outcome(strict)
    plain = mixed.read_one(body)
    if plain is None:
        return
    if isinstance(strict, InputError):
        assert strict.code == "out_of_range"
    else:
        assert not strict.many
        assert np.array([plain]).tobytes() == strict.rows.tobytes()


def test_both_readers_look_strings_up_in_the_text_form() -> None:
    *others, town = FEATURES
    features = (*others, town.model_copy(update={"text_form": "lower"}))
    row = [41, 7.5, True, "RED", " oSLO\u00a0"]
    read = read_both(json.dumps({"features": row}).encode(), features)
    assert read.rows.tolist() == [[41, 7.5, 1, UNSEEN, 1]]
