"""One tensor for each feature: both forms are read alike, and every mistake is named."""

import json
import math
import re
import struct
import unicodedata
from typing import Any

import numpy as np
import pytest

from predictor.codec.input_schema import InputSchema
from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.infer import infer as infer_and_count
from predictor.open_inference.input_rows import min_values_per_row, read_rows
from predictor.open_inference.metadata import make_example_request
from predictor.open_inference.request import read_request
from shared.contract.documents import Feature
from shared.contract.layout import DECISIONS, MODELS
from shared.errors import InputError
from shared.inference.feature_encoding import UNSEEN
from shared.store.store import open_for_writing
from tests.support.http.infer_requests import (
    Asked,
    columns_in_binary,
    columns_in_json,
    in_binary,
    in_json,
    request_of,
    served_from,
)
from tests.support.models.mixed import EXAMPLE, FEATURES, ROWS, mixed_model, mixed_rows
from tests.support.models.toy import numbers_called

NAN = math.nan
Tensor = dict[str, Any]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    store = open_for_writing(tmp_path_factory.mktemp("store"), MODELS, DECISIONS)
    return served_from(store, mixed_model())


def infer(served: ServedModel, asked: Asked) -> Reply:
    return infer_and_count(served, *asked, lambda *_call: None)


def rows_in(asked: Asked, features: tuple[Feature, ...] = FEATURES) -> Any:
    return read_rows(read_request(*asked).inputs, InputSchema(features))


def tolerant_rows_in(asked: Asked, features: tuple[Feature, ...] = FEATURES) -> Any:
    return read_rows(read_request(*asked).inputs, InputSchema(features, ignores_extra=True))


def test_json_and_binary_give_the_same_rows() -> None:
    rows = mixed_rows(300)
    for form in (columns_in_json, columns_in_binary):
        found = rows_in(form(rows, FEATURES))
        assert found.dtype == np.float64
        assert np.array_equal(found, rows, equal_nan=True)


def column(name: str, datatype: str, *data: Any, shape: list[Any] | None = None) -> Tensor:
    return {
        "name": name,
        "shape": [len(data)] if shape is None else shape,
        "datatype": datatype,
        "data": data,
    }


RIGHT = {
    "age": column("age", "INT64", 30, 40),
    "fare": column("fare", "FP32", None, 0.1, shape=[2, 1]),
    "member": column("member", "BOOL", True, False),
    "colour": column("colour", "BYTES", "red", "a, b:\u00e9"),
    "town": column("town", "BYTES", "", None, shape=[2, 1]),
}


def with_column(name: str, *tensor: Any, **more: Any) -> Asked:
    return request_of(*{**RIGHT, name: column(name, *tensor, **more)}.values())


def test_columns_of_every_type_and_shape_are_read_in_any_order() -> None:
    expected: list[list[float]] = [[30, NAN, 1, 2, NAN], [40, float(np.float32(0.1)), 0, -1, NAN]]
    for inputs in (RIGHT.values(), reversed(RIGHT.values())):
        assert np.array_equal(rows_in(request_of(*inputs)), expected, equal_nan=True)
    by_row = with_column("colour", "BYTES", ["red"], ["a, b"], shape=[2, 1])
    assert np.array_equal(rows_in(by_row), expected, equal_nan=True)


def test_extra_inputs_are_ignored_by_setting() -> None:
    wider = [
        column("at", "BYTES", "12:30", shape=[1, 1]),
        *RIGHT.values(),
        column("id", "strange", {}),
    ]
    asked = request_of(*wider)
    with pytest.raises(InputError, match="takes no input 'at'"):
        rows_in(asked)
    expected = rows_in(request_of(*RIGHT.values()))
    assert np.array_equal(tolerant_rows_in(asked), expected, equal_nan=True)
    with pytest.raises(InputError, match="the request lacks 'age', 'member', 'colour'"):
        tolerant_rows_in(request_of(column("at", "BYTES", "12:30")))
    with pytest.raises(InputError, match="appears twice"):
        tolerant_rows_in(request_of(*wider, column(" age", "INT64", 30, 40)))


def test_extra_inputs_beside_the_only_tensor_are_ignored_by_setting() -> None:
    numbers = numbers_called(["a", "b"])
    rows = np.array([[1.0, 2.0]])
    tensor = json.loads(in_json(rows).body)["inputs"][0]
    asked = request_of(column("at", "BYTES", "12:30"), tensor)
    assert tolerant_rows_in(asked, numbers).tolist() == rows.tolist()
    with pytest.raises(InputError, match="called features, or one .*; found 'at', 'features'"):
        rows_in(asked, numbers)
    for inputs, found in (([], "none"), (["x"], "'x'"), (["features"] * 2, "'features', 'fea")):
        named = [{**tensor, "name": name} for name in inputs]
        with pytest.raises(InputError, match=f"found {found}"):
            tolerant_rows_in(request_of(*named), numbers)


def test_a_nullable_input_may_be_omitted() -> None:
    needed = [tensor for name, tensor in RIGHT.items() if name not in {"fare", "town"}]
    rows = rows_in(request_of(*needed))
    expected: list[list[float]] = [[30, NAN, 1, 2, NAN], [40, NAN, 0, -1, NAN]]
    assert np.array_equal(rows, expected, equal_nan=True)
    assert min_values_per_row(FEATURES) == 3


def test_a_nullable_boolean_is_a_number_in_binary() -> None:
    feature = Feature(name="x", type="boolean", nullable=True)
    column_of = {"name": "x", "shape": [3, 1], "datatype": "FP32"}
    data = np.array([1, NAN, 0], "<f4").tobytes()
    asked = request_of({**column_of, "parameters": {"binary_data_size": 12}}, binary=data)
    for one in (asked, request_of(column("x", "BOOL", True, None, False))):
        assert np.array_equal(rows_in(one, (feature,))[:, 0], [1.0, NAN, 0.0], equal_nan=True)


def test_the_only_tensor_of_a_model_of_numbers_may_have_missing_values() -> None:
    features = (Feature(name="a", type="number", nullable=True), *numbers_called(["b"]))
    rows = np.array([[NAN, 1.0], [2.0, 3.0]])
    text = in_json(np.array([[None, 1.0], [2.0, 3.0]], dtype=object)).body
    for asked in (
        *(in_binary(rows, datatype) for datatype in ("FP16", "FP32", "FP64")),
        Asked(text),
        Asked(text.replace(b"FP32", b"INT8")),
    ):
        assert np.array_equal(rows_in(asked, features), rows, equal_nan=True)
    for asked in (in_binary(rows[:, ::-1]), Asked(text.replace(b"[null, 1.0", b"[1.0, null"))):
        with pytest.raises(Exception, match=r"features\[0\]\[1\] \(b\) must be a finite .* nan"):
            rows_in(asked, features)
    artefact = mixed_model().artefact.model_copy(update={"features": features})
    assert make_example_request(artefact, [None, 1.0]) == json.loads(
        request_of({"shape": [1, 2], "datatype": "FP32", "data": [None, 1.0]}).body
    )


def test_the_example_is_answered(served: ServedModel) -> None:
    body = json.dumps(make_example_request(mixed_model().artefact, EXAMPLE)).encode()
    reply = infer(served, Asked(body))
    assert reply.status == 200
    same = infer(served, columns_in_json(ROWS[2:3], FEATURES))
    assert json.loads(reply.body)["outputs"] == json.loads(same.body)["outputs"]


def in_bytes(name: str, datatype: str, data: bytes, count: int = 2) -> Asked:
    """Make RIGHT with one column in binary."""
    parameters = {"binary_data_size": len(data)}
    tensor = {"name": name, "shape": [count], "datatype": datatype, "parameters": parameters}
    return request_of(*{**RIGHT, name: tensor}.values(), binary=data)


def texts(*found: bytes) -> bytes:
    return b"".join(struct.pack("<I", len(text)) + text for text in found)


MISTAKES = {
    "no inputs": (request_of(), "takes the inputs 'age', 'fare'.*lacks 'age'"),
    "one tensor for all": (in_json(ROWS[2:, :2]), "takes no input 'features'; it takes 'age', "),
    "a missing input": (
        request_of(*[tensor for name, tensor in RIGHT.items() if name != "member"]),
        "takes the inputs 'age', .*; the request lacks 'member'",
    ),
    "an unknown input": (
        request_of(*RIGHT.values(), column("size", "FP32", 1, 2)),
        "takes no input 'size'; it takes 'age'",
    ),
    "an input twice": (request_of(*RIGHT.values(), RIGHT["age"]), "twice"),
    "another number of rows": (with_column("town", "BYTES", "Oslo"), r"'town' .* found \[1\]"),
    "two columns": (with_column("fare", "FP32", 1, 2, shape=[1, 2]), r"'fare' .* \[1, 2\]"),
    "no rows": (
        request_of(*[column(name, str(one["datatype"])) for name, one in RIGHT.items()]),
        "at least one row",
    ),
    "no dimension": (with_column("age", "FP32", 1, shape=[]), r"'age' .* found \[\]"),
    "rows without end": (
        request_of(*[{**tensor, "shape": [2**62]} for tensor in RIGHT.values()]),
        f"'age': data must hold {2**62} numbers .*; found 2",
    ),
    "a number as text": (with_column("age", "BYTES", "1", "2"), "'age' must be one of FP16, .*"),
    "a text as a number": (with_column("colour", "FP32", 1, 2), "'colour' must be BYTES; .*'FP32'"),
    "a boolean as a number": (with_column("member", "FP32", 1, 0), "'member' must be BOOL"),
    "a number among booleans": (
        with_column("member", "BOOL", True, 1),
        r"'member': data must be a list of booleans.*`int` - at `\$\[1\]`",
    ),
    "a number among texts": (with_column("town", "BYTES", "Oslo", 1), r"list of strings.*\$\[1\]"),
    "a text among numbers": (with_column("age", "FP32", 1, "2"), r"'age': .*`str` - at `\$\[1\]`"),
    "too few texts": (
        with_column("town", "BYTES", "Oslo", shape=[2]),
        "hold 2 strings .*; found 1",
    ),
    "a missing number": (with_column("age", "FP32", 1, None), r"'age': .*`null` - at `\$\[1\]`"),
    "a missing boolean": (with_column("member", "BOOL", True, None), r"member\[1\] is missing"),
    "a missing text": (with_column("colour", "BYTES", "", "red"), r"colour\[0\] is missing"),
    "NaN in bytes": (
        in_bytes("age", "FP32", np.array([1, NAN], "<f4").tobytes()),
        r"age\[1\] must be a finite number .* nan",
    ),
    "infinity in bytes": (
        in_bytes("fare", "FP64", np.array([1, -np.inf], "<f8").tobytes()),
        r"fare\[1\] must be a finite number .* -inf",
    ),
    "a boolean of two": (in_bytes("member", "BOOL", b"\0\2"), r"member\[1\] must be 0 or 1; .* 2"),
    "three booleans": (in_bytes("member", "BOOL", b"\0\1\1"), "'member' .* needs 2 bytes; .* 3"),
    "bytes that are no text": (
        in_bytes("town", "BYTES", texts(b"Oslo", b"Li\xe8ge")),
        r"town\[1\] must be UTF-8: .* byte 2",
    ),
    "one text of two": (in_bytes("town", "BYTES", texts(b"Oslo")), "'town' must hold 2 strings"),
    "three texts": (in_bytes("town", "BYTES", texts(b"", b"", b"")), "'town' must hold 2 strings"),
    "a text cut off": (in_bytes("town", "BYTES", texts(b"", b"Oslo")[:-1]), "must hold 2 strings"),
    "a length cut off": (in_bytes("town", "BYTES", texts(b"", b"")[:-1]), "must hold 2 strings"),
}
"""Requests with a mistake, each with a pattern for its message."""


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_a_message(served: ServedModel, case: tuple[Asked, str]) -> None:
    asked, says = case
    reply = infer(served, asked)
    assert reply.status == 400
    error = json.loads(reply.body)["error"]
    assert re.search(says, error), error
    assert len(error) < 500


def test_strings_and_names_are_read_in_the_spelling_of_the_file() -> None:
    town = Feature(
        name="größe",
        type="category",
        categories=("Köln", "Oslo"),
        nullable=True,
        missing_values=("NA",),
    )
    name = unicodedata.normalize("NFD", " größe")
    written = [unicodedata.normalize("NFD", "Köln"), " Oslo", "NA", "NA ", "", None, "Rome"]
    expected = np.array([[0], [1], *[[math.nan]] * 4, [UNSEEN]])
    sent = request_of(column(name, "BYTES", *written))
    assert np.array_equal(rows_in(sent, (town,)), expected, equal_nan=True)
    needed = town.model_copy(update={"nullable": False})
    with pytest.raises(Exception, match=r"größe\[2\] is missing, but this feature was never"):
        rows_in(sent, (needed,))
    both = request_of(column(name, "BYTES", "Oslo"), column("größe", "BYTES", "Oslo"))
    with pytest.raises(Exception, match="one of them appears twice"):
        rows_in(both, (town,))
    with pytest.raises(Exception, match="takes no input 'Größe'.* Did you mean 'größe'"):
        rows_in(request_of(column("Größe", "BYTES", "Oslo")), (town,))


def test_rows_are_limited_before_their_data_is_read() -> None:
    numbers = (Feature(name="age", type="number"),)
    mixed = (*numbers, Feature(name="plan", type="category", categories=("a",)))
    many = request_of({"name": "features", "shape": [4, 1], "datatype": "FP32", "data": "unread"})
    both = request_of(column("age", "FP32", *[1] * 4), column("plan", "BYTES", *["a"] * 4))
    for asked, features in ((many, numbers), (both, mixed)):
        with pytest.raises(Exception, match="at most 3 rows; found 4.*PREDICTOR_MAX_ROWS"):
            read_rows(read_request(*asked).inputs, InputSchema(features, max_rows=3))
