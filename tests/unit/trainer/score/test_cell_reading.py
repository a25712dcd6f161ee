"""Cells are read as a training reads them, and refused as `POST /predict` refuses values."""

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from shared.contract.documents import Feature
from shared.errors import InputError
from shared.inference.feature_encoding import UNSEEN, StringCodes
from shared.inference.strict_values import read_value
from trainer.score.cell_reading import fits_feature, read_column
from trainer.tables.columns.number_formats import DECIMAL_COMMA, DECIMAL_POINT

NUMBER = Feature(name="x", type="number")
MAYBE = Feature(name="x", type="number", nullable=True, missing_values=("NA",))
FLAG = Feature(name="x", type="boolean")
MAYBE_FLAG = Feature(name="x", type="boolean", nullable=True, missing_values=("NA",))
COLOUR = Feature(name="x", type="category", categories=("1", "blue", "red"))
NAN = math.nan


def read(column: pa.Array, feature: Feature, number_format: Any = DECIMAL_POINT) -> list[Any]:
    """Return the number of each cell, or the code of its refusal."""
    codes = StringCodes(feature)
    cells = read_column(column, feature, codes, number_format)
    found: list[Any] = []
    for row in range(len(column)):
        if not cells.is_doubtful[row]:
            found.append(float(cells.numbers[row]))
            continue
        try:
            found.append(read_value(cells.show(row), feature, codes, "features.x"))
        except InputError as error:
            found.append(error.code)
    return found


@pytest.mark.parametrize(
    ("column", "feature", "expected"),
    [
        (pa.array([1, None, 3]), NUMBER, [1.0, "missing_value", 3.0]),
        (pa.array([1, None, 3], pa.int8()), MAYBE, [1.0, NAN, 3.0]),
        (pa.array([1.5, NAN, math.inf, 1e39]), MAYBE, [1.5, NAN, "not_finite", "out_of_range"]),
        (pa.array([Decimal("1.25"), None]), MAYBE, [1.25, NAN]),
        (pa.array([2**62]), NUMBER, [float(2**62)]),
        (pa.array([True, False]), NUMBER, [1.0, 0.0]),
        (pa.array(["1.5", " 2 ", "x", None, ""]), MAYBE, [1.5, 2.0, "not_a_number", NAN, NAN]),
        (
            pa.array(["NA", "1,000", "inf", "1e39"]),
            MAYBE,
            [NAN, 1000.0, "not_finite", "out_of_range"],
        ),
        (pa.array(["NA", ""]), NUMBER, ["not_a_number", "missing_value"]),
        (pa.array([None, None]), MAYBE, [NAN, NAN]),
        (pa.array([None]), NUMBER, ["missing_value"]),
        (pa.array(["7"]).dictionary_encode(), NUMBER, [7.0]),
        (pa.array([True, None]), FLAG, [1.0, "missing_value"]),
        (pa.array(["yes", "FALSE", "perhaps"]), FLAG, [1.0, 0.0, "not_a_boolean"]),
        (pa.array(["NA", None, "ja"]), MAYBE_FLAG, [NAN, NAN, 1.0]),
        (pa.array([1, 0, 2]), FLAG, [1.0, 0.0, "not_a_boolean"]),
        (pa.array(["red", "green", " blue"]), COLOUR, [2.0, UNSEEN, 1.0]),
        (pa.array([1, 2, None]), COLOUR, [0.0, UNSEEN, "missing_value"]),
        (pa.array([None]), COLOUR, ["missing_value"]),
        (pa.array(["red"], pa.large_string()), COLOUR, [2.0]),
        (pa.array([], pa.string()), COLOUR, []),
        (pa.array([], pa.string()), MAYBE, []),
    ],
)
def test_each_cell_is_a_number_or_has_a_refusal(
    column: pa.Array, feature: Feature, expected: list[Any]
) -> None:
    assert read(column, feature) == pytest.approx(expected, nan_ok=True)


def test_decimal_commas_are_read_where_the_column_has_them() -> None:
    column = pa.array(["1,5", "1.234,5", "2"])
    assert read(column, NUMBER, DECIMAL_COMMA) == [1.5, 1234.5, 2.0]


def test_a_column_of_lists_fits_no_feature_and_one_of_times_only_a_category() -> None:
    assert not fits_feature(pa.list_(pa.int64()), NUMBER)
    assert not fits_feature(pa.timestamp("us"), NUMBER)
    assert fits_feature(pa.timestamp("us"), COLOUR)
    assert fits_feature(pa.null(), FLAG)
