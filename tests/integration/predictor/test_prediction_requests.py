"""Every request gets the documented reply: from the application, from a server, and fast."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from predictor.app import create_app
from predictor.settings import PredictorSettings
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.inference.onnx_servable import OnnxServable
from shared.settings import CommonSettings
from shared.store.store import ModelStore, open_for_writing
from tests.support.http.asgi import AppClient, running_app
from tests.support.http.predict_requests import BAD_REQUESTS, BadRequest
from tests.support.models.served import (
    breast_cancer_model,
    breast_cancer_rows,
    logistic_regression,
    model_that_fails_above_three,
    random_forest,
    toy_regressor,
)
from tests.support.models.toy import ToyModel, toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

MAX_BODY_BYTES = 1 << 20
OVERFLOWING = (1e30, 1e30)

Client = AppClient | httpx.Client


@contextmanager
def over_the_app(store: ModelStore, _log: Path, *, allow_joblib: bool) -> Iterator[Client]:
    settings = PredictorSettings(max_body_bytes=MAX_BODY_BYTES)
    common = CommonSettings(store_dir=store.layout.root, allow_joblib=allow_joblib)
    with running_app(create_app(settings, common)) as client:
        yield client


@contextmanager
def over_a_server(
    store: ModelStore, log: Path, *, allow_joblib: bool, fast_path: bool
) -> Iterator[Client]:
    with (
        running_predictor(
            store,
            log,
            PREDICTOR_MAX_BODY_BYTES=MAX_BODY_BYTES,
            PREDICTOR_FAST_PATH=fast_path,
            ALLOW_JOBLIB=allow_joblib,
        ) as predictor,
        predictor.client() as client,
    ):
        yield client


@pytest.fixture(
    scope="module",
    params=[
        over_the_app,
        partial(over_a_server, fast_path=False),
        partial(over_a_server, fast_path=True),
    ],
    ids=["app", "server", "fast"],
)
def serve(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[ToyModel], Client]]:
    """Put a model in production, and return a client whose server has it."""
    directory = tmp_path_factory.mktemp("requests")
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    with request.param(store, directory / "log", allow_joblib=True) as client:

        def serve_model(model: ToyModel) -> Client:
            if client.get("/model").json()["serving_digest"] != model.digest:
                version = promote(store, model).version
                wait_for(
                    lambda: client.get("/model").json()["serving_version"] == version, "the model"
                )
            return client  # type: ignore[no-any-return]  # request.param is untyped

        yield serve_model


def error_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"error"}
    error: dict[str, Any] = answer.json()["error"]
    assert error.keys() == {"code", "message", "field"}
    assert error["message"]
    return error


@pytest.fixture
def client(serve: Callable[[ToyModel], Client]) -> Client:
    """Return a client whose server has the toy model of two features."""
    return serve(toy_model())


@pytest.mark.parametrize("case", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_bad_request_gets_an_error_that_says_what_is_wrong(
    client: Client, case: BadRequest
) -> None:
    answer = client.post("/predict", content=case.body)
    assert answer.status_code == 422
    error = error_of(answer)
    assert (error["code"], error["field"]) == (case.code, case.field)
    assert all(words in error["message"] for words in case.says)
    assert "x-model-version" not in answer.headers


def test_a_body_at_the_size_limit_is_read_and_one_byte_more_is_refused(client: Client) -> None:
    body = b'{"features": [1, 2]}'.ljust(MAX_BODY_BYTES)
    assert client.post("/predict", content=body).status_code == 200
    answer = client.post("/predict", content=body + b" ")
    assert answer.status_code == 413
    error = error_of(answer)
    assert error["code"] == "body_too_large"
    assert str(MAX_BODY_BYTES) in error["message"]
    assert "PREDICTOR_MAX_BODY_BYTES" in error["message"]


def test_the_size_limit_also_holds_for_a_chunked_body(client: Client) -> None:
    chunk = b" " * (1 << 16)

    def body(chunks: int) -> Any:
        pieces = [b'{"features": [1, 2]}', *[chunk] * chunks]
        return pieces_of(client, pieces)

    assert client.post("/predict", content=body(15)).status_code == 200
    answer = client.post("/predict", content=body(64))
    assert (answer.status_code, error_of(answer)["code"]) == (413, "body_too_large")
    assert client.post("/predict", content=b'{"features": [1, 2]}').status_code == 200


def pieces_of(client: Client, pieces: list[bytes]) -> Any:
    """Content without a length, as an iterator for the client."""
    if isinstance(client, httpx.Client):
        return iter(pieces)

    async def stream() -> Any:
        for piece in pieces:
            yield piece

    return stream()


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x" * 5000])
def test_a_compressed_body_is_refused(client: Client, encoding: str) -> None:
    body = gzip.compress(b'{"features": [1, 2]}')
    answer = client.post("/predict", content=body, headers={"content-encoding": encoding})
    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "identity"
    error = error_of(answer)
    assert error["code"] == "unsupported_encoding"
    assert len(error["message"]) < 200


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_the_content_encoding_identity_is_accepted(client: Client, encoding: str) -> None:
    headers = {"content-encoding": encoding}
    answer = client.post("/predict", content=b'{"features": [1, 2]}', headers=headers)
    assert answer.status_code == 200


def test_unknown_paths_and_methods_get_the_common_error_body(client: Client) -> None:
    answer = client.get("/predict")
    assert (answer.status_code, error_of(answer)["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    assert error_of(client.get("/predictions"))["code"] == "not_found"


def test_a_row_gets_the_same_prediction_by_list_by_name_and_in_a_batch(client: Client) -> None:
    one = client.post("/predict", json={"features": [0.25, -1.5]}).json()
    named = client.post("/predict", json={"features": {"height": -1.5, "width": 0.25}}).json()
    batch = client.post(
        "/predict",
        json={"instances": [[0.25, -1.5], {"width": 0.25, "height": -1.5}]},
    ).json()
    assert named == one
    assert batch["probabilities"] == [list(one["probabilities"].values())] * 2
    assert batch["predictions"] == [one["prediction"]] * 2
    assert batch["labels"] == [one["label"]] * 2
    assert batch["classes"] == list(one["probabilities"])


@pytest.mark.parametrize("make", [logistic_regression, random_forest])
def test_a_row_gets_the_same_prediction_with_any_other_rows_in_the_call(
    serve: Callable[[ToyModel], Client], make: Callable[[], ToyModel]
) -> None:
    model = make()
    client = serve(model)
    rows = breast_cancer_rows(1000)
    alone = [client.post("/predict", json={"features": row.tolist()}).json() for row in rows[:20]]
    expected = OnnxServable(model.files["model.onnx"], model.artefact).predict(rows)
    assert expected.probabilities is not None
    for size in (1, 2, 3, 7, 100, 1000):
        answer = client.post("/predict", json={"instances": rows[:size].tolist()}).json()
        assert answer["predictions"] == expected.values[:size].tolist()
        assert answer["probabilities"] == expected.probabilities[:size].tolist()
        for one, labels, row in zip(alone, answer["labels"], answer["probabilities"], strict=False):
            assert one["label"] == labels
            assert list(one["probabilities"].values()) == row


def test_a_regressor_predicts_numbers(serve: Callable[[ToyModel], Client]) -> None:
    client = serve(toy_regressor((1.0, 2.0)))
    one = client.post("/predict", json={"features": [1, 2]}).json()
    assert (one.pop("prediction"), set(one)) == (5.0, {"model_name", "model_version"})
    many = client.post("/predict", json={"instances": [[1, 2], [0.5, 0]]}).json()
    assert (many.pop("predictions"), set(many)) == ([5.0, 0.5], {"model_name", "model_version"})


def test_a_pickled_model_predicts_with_scikit_learn(
    serve: Callable[[ToyModel], Client],
) -> None:
    client = serve(breast_cancer_model(RandomForestClassifier(5), is_joblib=True))
    answer = client.post("/predict", json={"instances": breast_cancer_rows(3).tolist()})
    assert answer.status_code == 200
    assert np.allclose(np.sum(answer.json()["probabilities"], axis=1), 1.0)


def test_numbers_that_overflow_inside_the_model_are_the_clients_mistake(
    serve: Callable[[ToyModel], Client],
) -> None:
    client = serve(toy_model(weights=OVERFLOWING))
    for body, place in (
        ({"features": [1e38, 1e38]}, "features"),
        ({"instances": [[0, 0], [1e38, 1e38]]}, "instances[1]"),
    ):
        answer = client.post("/predict", json=body)
        assert answer.status_code == 422
        error = error_of(answer)
        assert (error["code"], error["field"]) == ("no_finite_answer", place)
    fine = client.post("/predict", json={"features": [0, 0]})
    assert json.loads(fine.content, parse_constant=pytest.fail)["prediction"] in {0, 1}


def test_a_model_that_fails_is_a_server_error_without_internal_details(
    serve: Callable[[ToyModel], Client],
) -> None:
    client = serve(model_that_fails_above_three())
    assert client.post("/predict", json={"features": [3]}).json()["prediction"] == 30
    answer = client.post("/predict", json={"features": [4]})
    assert answer.status_code == 500
    error = error_of(answer)
    assert error["code"] == "prediction_failed"
    assert "Gather" not in error["message"]
    assert client.post("/predict", json={"features": [0]}).status_code == 200
