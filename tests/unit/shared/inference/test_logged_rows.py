"""How logged rows become the rows that the model answered, or those of another model."""

import math

import numpy as np
import pytest

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN, Value
from shared.inference.logged_rows import encode_logged_rows
from tests.support.models.mixed import FEATURES, mixed_rows, written


def test_rows_come_back_exactly_as_they_were_answered() -> None:
    rows = mixed_rows(300)
    rows[:3, 0] = [-0.0, 5e-324, np.nextafter(0.1, 1.0)]
    logged = [
        {f.name: written(f, n) for f, n in zip(FEATURES, row, strict=True)} for row in rows.tolist()
    ]

    encoded = encode_logged_rows(logged, FEATURES)

    assert encoded.rows.tobytes() == rows.tobytes()
    assert (rows == UNSEEN).any()
    assert encoded.is_whole.all()
    assert not encoded.unusable


def test_a_feature_that_the_log_lacks_makes_its_rows_unusable() -> None:
    whole: dict[str, Value] = {
        "age": 31,
        "fare": None,
        "member": True,
        "colour": "red",
        "town": "Oslo",
    }
    lacking = {name: value for name, value in whole.items() if name not in {"fare", "town"}}

    encoded = encode_logged_rows([whole, lacking], FEATURES)

    assert encoded.is_whole.tolist() == [True, False]
    assert encoded.unusable == {"fare": 1, "town": 1}
    assert encoded.rows[0, :4].tolist()[2:] == [1.0, 2.0]
    assert math.isnan(encoded.rows[1, 4])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age", None),
        ("age", "31"),
        ("age", True),
        ("age", math.inf),
        ("age", 1 << 1100),
        ("member", 1.0),
        ("colour", 3.0),
        ("colour", False),
        ("colour", ""),
    ],
)
def test_a_value_of_another_type_is_not_usable(name: str, value: Value) -> None:
    row: dict[str, Value] = {
        "age": 31.0,
        "fare": 1.0,
        "member": True,
        "colour": "red",
        "town": "Oslo",
    }
    row[name] = value

    encoded = encode_logged_rows([row], FEATURES)

    assert encoded.unusable == {name: 1}
    assert np.isnan(encoded.rows[0]).sum() == 1


def test_strings_are_looked_up_among_the_categories_of_the_other_model() -> None:
    feature = Feature(
        name="town",
        type="category",
        nullable=True,
        categories=("oslo", "rome"),
        missing_values=("n/a",),
        text_form="lower",
    )
    rows = [{"town": town} for town in ("Rome", "Bonn", "n/a", None)]

    encoded = encode_logged_rows(rows, [feature])

    assert encoded.rows[:2, 0].tolist() == [1.0, UNSEEN]
    assert np.isnan(encoded.rows[2:, 0]).all()
    assert encoded.is_whole.all()


def test_no_rows_make_no_matrix_rows() -> None:
    assert encode_logged_rows([], FEATURES).rows.shape == (0, len(FEATURES))
