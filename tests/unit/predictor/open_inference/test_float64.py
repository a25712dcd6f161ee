"""A model that takes float64 gets every digit, in every form of a request."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.infer import infer
from predictor.open_inference.metadata import describe_model, make_example_request
from predictor.open_inference.response import describe_outputs
from predictor.prediction.request_batch import RequestBatch, predict_batch
from predictor.prediction.single_request import answer_request
from shared.contract.documents import Feature
from shared.contract.layout import DECISIONS, MODELS
from shared.store.store import open_for_writing
from tests.support.http.infer_requests import Asked, in_binary, in_json, request_of, served_from
from tests.support.models.served import float64_regressor, toy_regressor

SECONDS = 1_760_000_031.25
MIXED = (
    Feature(name="seconds", type="number"),
    Feature(name="town", type="category", categories=("Lima", "Oslo")),
)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], ServedModel]:
    store = open_for_writing(tmp_path_factory.mktemp("store"), MODELS, DECISIONS)
    return lambda model: served_from(store, model)


def inferred(served: ServedModel, asked: Asked) -> Any:
    reply = infer(served, *asked, lambda *_call: None)
    content = json.loads(reply.body)
    assert reply.status == 200, content
    return content["outputs"][0]["data"]


def predicted(served: ServedModel, body: object) -> Any:
    reply = answer_request(served, json.dumps(body).encode(), lambda *_call: None)
    assert reply.status == 200
    return json.loads(reply.body)


@pytest.mark.parametrize("datatype", ["FP32", "FP64"])
@pytest.mark.parametrize("flat", [True, False])
def test_a_number_in_json_keeps_its_digits_whatever_type_the_client_names(
    make: Callable[[Any], ServedModel], datatype: str, flat: bool
) -> None:
    served, rows = make(float64_regressor()), np.array([[SECONDS], [-SECONDS]])

    assert inferred(served, in_json(rows, datatype, flat=flat)) == [SECONDS, -SECONDS]


def test_binary_numbers_are_as_exact_as_their_type(make: Callable[[Any], ServedModel]) -> None:
    served, rows = make(float64_regressor()), np.array([[SECONDS]])

    assert inferred(served, in_binary(rows, "FP64")) == [SECONDS]
    assert inferred(served, in_binary(rows, "INT64")) == [1_760_000_031]
    assert inferred(served, in_binary(rows, "UINT32")) == [1_760_000_031]
    assert inferred(served, in_binary(rows, "FP32")) == [1_760_000_000]


@pytest.mark.parametrize("datatype", ["INT64", "UINT64"])
def test_integers_beyond_float64_are_rounded_to_the_nearest(
    make: Callable[[Any], ServedModel], datatype: str
) -> None:
    served, odd = make(float64_regressor()), np.array([[2**53 + 3]])

    for asked in (in_json(odd, datatype), in_binary(odd, datatype)):
        assert inferred(served, asked) == [2**53 + 4]


def test_a_column_keeps_its_digits_too(make: Callable[[Any], ServedModel]) -> None:
    served = make(float64_regressor(MIXED))
    town = {"name": "town", "datatype": "BYTES", "shape": [1], "data": ["Oslo"]}
    seconds = {"name": "seconds", "datatype": "FP32", "shape": [1], "data": [SECONDS]}

    assert inferred(served, request_of(seconds, town)) == [SECONDS]
    assert predicted(served, {"features": [SECONDS, "Oslo"]})["prediction"] == SECONDS


def test_predict_keeps_every_digit_on_both_paths(make: Callable[[Any], ServedModel]) -> None:
    served = make(float64_regressor())
    bodies = [json.dumps({"features": [SECONDS + step / 8]}).encode() for step in range(8)]
    expected = [SECONDS + step / 8 for step in range(8)]

    batch = RequestBatch.read(served, bodies)
    replies = predict_batch(served, batch, lambda *_call: None)

    assert all(row is not None for row in batch.rows)
    assert [json.loads(reply.body)["prediction"] for reply in replies] == expected
    many = {"instances": [[number] for number in expected]}
    assert predicted(served, many)["predictions"] == expected


def test_a_prediction_is_written_with_the_fewest_digits_that_identify_it(
    make: Callable[[Any], ServedModel],
) -> None:
    served = make(float64_regressor())
    reply = answer_request(served, b'{"features": [1760000000.1]}', lambda *_call: None)

    assert b'"prediction":1760000000.1,' in reply.body


def test_the_metadata_names_the_type_that_the_model_takes(
    make: Callable[[Any], ServedModel],
) -> None:
    found = {}
    for name, model in {
        "float32": toy_regressor(),
        "float64": float64_regressor(),
        "mixed": float64_regressor(MIXED),
    }.items():
        served = make(model)
        content = json.loads(describe_model(served, describe_outputs(served)).body)
        found[name] = [entry["datatype"] for entry in content["inputs"]]
        example = make_example_request(served.model.artefact, served.model.example)
        assert [tensor["datatype"] for tensor in example["inputs"]] == found[name]  # type: ignore[attr-defined]  # JSON

    assert found == {"float32": ["FP32"], "float64": ["FP64"], "mixed": ["FP64", "BYTES"]}
