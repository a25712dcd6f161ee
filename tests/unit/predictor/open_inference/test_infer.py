"""All forms of an infer request get equal outputs, and every mistake is named."""

import json
import re
import struct
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.infer import infer as infer_and_count
from predictor.open_inference.tensor_data import NUMBER_TYPES
from shared.contract.layout import DECISIONS, MODELS
from shared.store.store import ModelStore, open_for_writing
from tests.support.http.infer_requests import (
    JSON_LENGTH,
    MISTAKES,
    RIGHT,
    Asked,
    in_binary,
    in_json,
    request_of,
    served_from,
)
from tests.support.models.served import model_that_fails_above_three
from tests.support.models.toy import toy_model, toy_rows

IN_BINARY = {"binary_data_output": True}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """Serve the toy model of two features."""
    return served_from(
        open_for_writing(tmp_path_factory.mktemp("store"), MODELS, DECISIONS), toy_model()
    )


def infer(served: ServedModel, body: bytes, header: str | None) -> Reply:
    return infer_and_count(served, body, header, lambda *_call: None)


def answered(reply: Reply) -> dict[str, Any]:
    """Return the outputs of a reply by name, from JSON or binary."""
    assert reply.status == 200, reply.body
    length = int(reply.headers.get(JSON_LENGTH, len(reply.body)))
    content, start = json.loads(reply.body[:length]), length
    found = {}
    for output in content["outputs"]:
        if "data" in output:
            found[output["name"]] = output["data"]
            continue
        size = output["parameters"]["binary_data_size"]
        data = reply.body[start : start + size]
        start += size
        found[output["name"]] = (
            texts_in(data)
            if output["datatype"] == "BYTES"
            else np.frombuffer(data, NUMBER_TYPES[output["datatype"]]).tolist()
        )
    assert start == len(reply.body)
    return found


def texts_in(data: bytes) -> list[str]:
    found = []
    while data:
        (length,) = struct.unpack_from("<I", data)
        found.append(data[4 : 4 + length].decode())
        data = data[4 + length :]
    return found


def test_the_outputs_are_the_numbers_of_the_model(served: ServedModel) -> None:
    rows = toy_rows(5)
    expected = served.model.servable.predict(rows)
    assert expected.probabilities is not None
    found = answered(infer(served, *in_binary(rows, "FP64", parameters=IN_BINARY)))
    assert found["probabilities"] == expected.probabilities.ravel().tolist()
    assert found["label"] == [("small", "large")[index] for index in expected.values.tolist()]


@st.composite
def typed_rows(draw: st.DrawFn) -> tuple[str, npt.NDArray[Any]]:
    """Draw rows that a type of the protocol represents exactly."""
    datatype = draw(st.sampled_from(sorted(NUMBER_TYPES)))
    dtype = NUMBER_TYPES[datatype].newbyteorder("=")
    shape = (draw(st.integers(1, 5)), 2)
    elements = None
    if dtype.kind == "f":
        largest = 65504.0 if datatype == "FP16" else 2.0**100
        elements = st.floats(-largest, largest, width=16 if datatype == "FP16" else 32)
    elif dtype.itemsize == 8:
        elements = st.integers(0, 2**53)  # JSON numbers are read as double
    return datatype, draw(arrays.arrays(dtype, shape, elements=elements))


@given(typed_rows(), st.booleans())
def test_binary_and_json_are_answered_alike(
    served: ServedModel, asked: tuple[str, npt.NDArray[Any]], flat: bool
) -> None:
    datatype, rows = asked
    replies = [
        infer(served, *request)
        for request in (
            in_json(rows, datatype, flat=flat),
            in_json(rows, datatype, flat=flat, parameters=IN_BINARY),
            in_binary(rows, datatype),
            in_binary(rows, datatype, parameters=IN_BINARY),
        )
    ]
    if any(reply.status == 400 for reply in replies):  # they overflow inside the model
        assert {reply.body for reply in replies} == {replies[0].body}
    else:
        first, *others = [answered(reply) for reply in replies]
        assert all(other == first for other in others)


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_a_message(served: ServedModel, case: tuple[Asked, str]) -> None:
    asked, says = case
    reply = infer(served, *asked)
    assert reply.status == 400
    assert reply.headers == {"content-type": "application/json"}
    content = json.loads(reply.body)
    assert content.keys() == {"error"}
    assert re.search(says, content["error"]), content["error"]
    assert len(content["error"]) < 500


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
tensors = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["features", "x"]) | json_values,
        "shape": st.sampled_from([[1, 2], [2, 2]]) | st.lists(st.integers()) | json_values,
        "datatype": st.sampled_from([*NUMBER_TYPES, "BYTES"]) | json_values,
    },
    optional={
        "data": st.lists(st.floats() | st.integers(), max_size=4)
        | st.lists(st.lists(st.floats(), min_size=2, max_size=2), max_size=2)
        | json_values,
        "parameters": st.fixed_dictionaries(
            {}, optional={"binary_data_size": st.integers(-1, 40) | json_values}
        )
        | json_values,
    },
)
wanted = st.fixed_dictionaries(
    {"name": st.sampled_from(["label", "probabilities"]) | json_values},
    optional={"parameters": st.fixed_dictionaries({"binary_data": json_values}) | json_values},
)
requests = st.fixed_dictionaries(
    {"inputs": st.lists(tensors, max_size=2) | json_values},
    optional={
        "id": st.text() | json_values,
        "outputs": st.lists(wanted, max_size=3) | json_values,
        "parameters": st.fixed_dictionaries({"binary_data_output": json_values}) | json_values,
    },
)


@given(requests, st.binary(max_size=40), st.text(max_size=4) | st.none())
def test_any_request_gets_outputs_or_an_error(
    served: ServedModel, content: dict[str, Any], binary: bytes, header: str | None
) -> None:
    text = json.dumps(content).encode()
    for asked in (
        Asked(text + binary, str(len(text))),
        Asked(text + binary, header),
        Asked(text),
        Asked(binary),
    ):
        reply = infer(served, *asked)
        if reply.status == 200:
            assert answered(reply)
        else:
            assert reply.status == 400
            assert json.loads(reply.body).keys() == {"error"}


@given(st.integers(0, len(RIGHT.body)), st.binary(max_size=3))
def test_a_damaged_body_gets_outputs_or_an_error(
    served: ServedModel, place: int, damage: bytes
) -> None:
    reply = infer(served, RIGHT.body[:place] + damage + RIGHT.body[place + len(damage) :], None)
    assert reply.status in {200, 400}
    assert msgspec.json.decode(reply.body).keys() >= {"error" if reply.status == 400 else "outputs"}


def test_nulls_and_unknown_keys_are_ignored(served: ServedModel) -> None:
    tensor = {
        "shape": [1, 2],
        "datatype": "FP32",
        "data": [1, 2],
        "parameters": {"content_type": "np"},
    }
    for more in (
        {"id": None, "outputs": None, "parameters": None},
        {"outputs": [], "parameters": {"sequence_id": 7, "team": "blue"}, "model_name": "toy"},
    ):
        reply = infer(served, *request_of(tensor, **more))
        assert reply.body == infer(served, *RIGHT).body


def test_the_id_is_returned_unchanged(served: ServedModel) -> None:
    for name in ("", "42", 'a "quoted" \u2028 é \U0001f600 \x00'):
        reply = infer(served, *in_json(toy_rows(1), id=name))
        assert json.loads(reply.body)["id"] == name


def test_labels_may_have_any_length_and_alphabet(served: ServedModel) -> None:
    classes = ("", "größe 😀" * 50)
    artefact = served.model.artefact.model_copy(update={"classes": classes})
    renamed = replace(served, model=replace(served.model, artefact=artefact))
    found = answered(infer(renamed, *in_binary(toy_rows(8), parameters=IN_BINARY)))
    assert set(found["label"]) == set(classes)


def test_numbers_that_overflow_inside_the_model_are_the_clients_mistake(store: ModelStore) -> None:
    served = served_from(store, toy_model(weights=(1e30, 1e30)))
    reply = infer(served, *in_binary(np.array([[0, 0], [1e38, 1e38]])))
    assert reply.status == 400
    assert "prediction for row 1 is not finite" in json.loads(reply.body)["error"]


def test_a_failing_model_is_a_server_error_without_internal_details(store: ModelStore) -> None:
    served = served_from(store, model_that_fails_above_three())
    reply = infer(served, *in_binary(np.array([[4.0]])))
    assert reply.status == 500
    assert "Gather" not in json.loads(reply.body)["error"]
