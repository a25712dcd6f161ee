"""A model of numbers takes one tensor, or one tensor for each feature."""

import math

import numpy as np
import pytest

from predictor.codec.input_schema import InputSchema
from predictor.open_inference.input_rows import min_values_per_row, read_rows
from predictor.open_inference.request import read_request
from shared.contract.documents import Feature
from shared.errors import InputError
from tests.support.http.infer_requests import Asked, in_json, request_of
from tests.support.models.toy import numbers_called

NAN = math.nan


def column(
    name: str, datatype: str, *data: object, shape: list[int] | None = None
) -> dict[str, object]:
    return {"name": name, "shape": shape or [len(data)], "datatype": datatype, "data": data}


def rows_in(asked: Asked, features: tuple[Feature, ...]) -> np.ndarray:
    return read_rows(read_request(*asked).inputs, InputSchema(features))


def test_a_model_of_numbers_also_takes_one_input_for_each_column() -> None:
    numbers = (*numbers_called(["a", "b"]), Feature(name="c", type="number", nullable=True))
    a, b = column("a", "INT64", 60, 61, shape=[2, 1]), column("b", "FP32", 0.1, 3)
    c = column("c", "FP64", None, 7)
    expected: list[list[float]] = [[60, float(np.float32(0.1)), NAN], [61, 3, 7]]
    for asked in (request_of(a, b, c), request_of(c, b, a)):
        assert np.array_equal(rows_in(asked, numbers), expected, equal_nan=True)
    without = rows_in(request_of(a, b), numbers)
    assert np.array_equal(without[:, :2], np.array(expected)[:, :2])
    assert np.isnan(without[:, 2]).all()
    assert min_values_per_row(numbers) == 2
    for inputs, says in (
        ((a,), "lacks 'b'"),
        ((a, b, column("at", "BYTES", "x", "y")), "takes no input 'at'"),
        ((a, b, a), "twice"),
        ((column("A", "INT64", 1),), "one for each feature: 'a', 'b', 'c'; found 'A'.* 'a'"),
        ((a, column("b", "FP32", 1)), "same number of rows"),
        ((a, column("features", "FP32", 1, 2)), "found 'a', 'features'"),
    ):
        with pytest.raises(InputError, match=says):
            rows_in(request_of(*inputs), numbers)


def test_a_column_may_have_the_name_of_the_only_tensor() -> None:
    numbers = numbers_called(["features", "b"])
    columns = request_of(column("features", "INT64", 1, 2), column("b", "INT64", 3, 4))
    assert rows_in(columns, numbers).tolist() == [[1, 3], [2, 4]]
    assert rows_in(in_json(np.array([[1.0, 3.0]])), numbers).tolist() == [[1, 3]]
