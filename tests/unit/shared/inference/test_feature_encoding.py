"""How rows hold texts, booleans and missing values, and how they are carried to another model."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from shared.contract.documents import Feature
from shared.errors import SchemaError
from shared.inference.dataframe import MISSING_CATEGORY, UNSEEN_CATEGORY, to_frame
from shared.inference.feature_encoding import UNSEEN, StringCodes, convert_codes, decode_value

AGE = Feature(name="age", type="number", nullable=True)
MEMBER = Feature(name="member", type="boolean")
CITY = Feature(name="city", type="category", nullable=True, categories=("Bonn", "Köln"))
ROWS = np.array([[31.0, 1.0, 1.0], [np.nan, 0.0, np.nan], [40.0, 1.0, UNSEEN]])


def test_a_value_comes_back_as_people_write_it() -> None:
    features = (AGE, MEMBER, CITY)

    assert [decode_value(f, v) for f, v in zip(features, ROWS[0], strict=True)] == [
        31.0,
        True,
        "Köln",
    ]
    assert [decode_value(f, v) for f, v in zip(features, ROWS[1], strict=True)] == [
        None,
        False,
        None,
    ]
    codes = StringCodes(CITY)
    assert (codes["Bonn"], codes["Köln"], codes["Oslo"]) == (0.0, 1.0, UNSEEN)
    assert math.isnan(codes[""])
    assert math.isnan(codes[None])


@pytest.mark.parametrize(("feature", "number"), [(CITY, UNSEEN), (CITY, 0.5), (MEMBER, 2.0)])
def test_a_number_that_stands_for_nothing_is_named(feature: Feature, number: float) -> None:
    with pytest.raises(SchemaError, match=f"{feature.name}.*not the code of a {feature.type}"):
        decode_value(feature, number)


def test_an_estimator_sees_a_table_with_names_and_texts() -> None:
    frame = to_frame(ROWS, (AGE, MEMBER, CITY))

    assert list(frame.columns) == ["age", "member", "city"]
    assert list(frame["city"]) == ["Köln", MISSING_CATEGORY, UNSEEN_CATEGORY]
    assert frame["city"].dtype == object
    assert frame["age"].dtype == frame["member"].dtype == np.float64
    assert math.isnan(frame["age"][1])


def test_a_table_of_numbers_is_not_copied() -> None:
    rows = np.ones((3, 2))

    assert np.shares_memory(to_frame(rows, (AGE, MEMBER)).to_numpy(), rows)


def test_rows_are_carried_to_a_model_with_other_features() -> None:
    grown = Feature(
        name="city", type="category", nullable=True, categories=("Aachen", "Bonn", "Köln")
    )
    smaller = CITY.model_copy(update={"categories": ("Köln",)})

    assert convert_codes(ROWS[:1], (AGE, MEMBER, CITY), (grown, AGE)).tolist() == [[2.0, 31.0]]
    carried = convert_codes(np.array([[0.0], [1.0], [np.nan], [UNSEEN]]), (CITY,), (smaller,))
    assert np.array_equal(carried, [[UNSEEN], [0.0], [np.nan], [UNSEEN]], equal_nan=True)


def test_numbers_stay_as_they_are_for_a_model_with_other_missing_values() -> None:
    age, member = (
        feature.model_copy(update={"missing_values": ("n/a",)}) for feature in (AGE, MEMBER)
    )
    converted = convert_codes(ROWS, (AGE, MEMBER, CITY), (member, age))
    assert np.array_equal(converted, ROWS[:, [1, 0]], equal_nan=True)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Feature(name="height", type="number"), "missing"),
        (Feature(name="age", type="boolean"), "number"),
    ],
)
def test_rows_that_lack_what_a_model_takes_are_not_carried(wanted: Feature, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        convert_codes(ROWS, (AGE, MEMBER, CITY), (wanted,))


@pytest.mark.parametrize(
    ("kind", "categories"),
    [
        ("category", None),
        ("category", ()),
        ("number", ("a",)),
        ("category", ("b", "a")),
        ("category", ("", "a")),
    ],
)
def test_categories_are_what_their_codes_rest_on(kind: str, categories: object) -> None:
    with pytest.raises(ValidationError, match="categories"):
        Feature.model_validate({"name": "x", "type": kind, "categories": categories})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Köln", 2.0),
        ("KÖLN", 2.0),
        (" ko\u0308LN ", 2.0),
        ("BONN", 0.0),
        ("Bonn", 1.0),
        ("bOnN", 0.0),
        ("Bonn.", UNSEEN),
        ("na", UNSEEN),
    ],
)
def test_a_string_that_is_not_found_is_looked_up_in_the_text_form(text: str, code: float) -> None:
    """Of two categories with one form, the first is found."""
    feature = Feature(
        name="city",
        type="category",
        nullable=True,
        categories=("BONN", "Bonn", "Köln"),
        missing_values=("NA",),
        text_form="lower",
    )
    assert StringCodes(feature)[text] == code
    assert math.isnan(StringCodes(feature)["NA"])


def test_rows_of_another_model_are_converted_in_the_text_form() -> None:
    new = CITY.model_copy(update={"categories": ("bonn", "köln"), "text_form": "upper"})
    assert convert_codes(ROWS[:, 2:], [CITY], [new])[:2][0].tolist() == [1.0]


def test_only_a_category_has_a_text_form() -> None:
    with pytest.raises(ValidationError, match="a number has no text_form"):
        Feature(name="age", type="number", text_form="lower")
