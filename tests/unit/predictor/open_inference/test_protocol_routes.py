"""The protocol's routes: replies to any request, and the OpenAPI document."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.app import create_app
from predictor.codec.reply import Reply
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES, MAX_LOOP_ROWS
from predictor.open_inference.infer import infer
from predictor.settings import PredictorSettings
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.settings import CommonSettings
from shared.store.store import ModelStore, open_for_writing
from tests.support.http.asgi import AppClient, running_app
from tests.support.http.infer_requests import MISTAKES, RIGHT, Asked, in_binary, in_json
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

INFER = "/v2/models/toy/infer"


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    return open_for_writing(
        tmp_path_factory.mktemp("routes"), CANDIDATES, MODELS, DECISIONS, SERVING
    )


@pytest.fixture(scope="module")
def client(shared_store: ModelStore) -> Iterator[AppClient]:
    """Serve the toy model as version 1."""
    promote(shared_store, toy_model())
    settings = PredictorSettings(poll_seconds=0.01, max_body_bytes=8 * MAX_LOOP_BODY_BYTES)
    common = CommonSettings(store_dir=shared_store.layout.root)
    with running_app(create_app(settings, common)) as asked:
        wait_for(lambda: asked.get("/readyz").status_code == 200, "the model")
        yield asked


def told(answer: httpx.Response) -> str:
    """Return the message of an error in the protocol's body."""
    assert answer.headers["content-type"] == "application/json"
    assert "x-model-version" not in answer.headers
    content = answer.json()
    assert content.keys() == {"error"}
    assert isinstance(content["error"], str)
    return str(content["error"])


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_a_message_over_http(client: AppClient, case: tuple[Asked, str]) -> None:
    asked, _ = case
    headers = {name: value.encode() for name, value in asked.headers.items()}
    answer = client.post(INFER, content=asked.body, headers=headers)
    assert answer.status_code == 400
    told(answer)


@pytest.mark.parametrize("asked", [in_binary(np.ones((9000, 2))), in_json(np.ones((9000, 2)))])
def test_a_large_request_is_answered_like_a_small_one(client: AppClient, asked: Asked) -> None:
    assert len(asked.body) > MAX_LOOP_BODY_BYTES
    one = client.post(INFER, content=RIGHT.body.replace(b"[1, 2]}", b"[1, 1]}")).json()
    answer = client.post(INFER, content=asked.body, headers=asked.headers)
    assert answer.headers["x-model-version"] == "1"
    label, probabilities = answer.json()["outputs"]
    assert label["data"] == one["outputs"][0]["data"] * 9000
    assert probabilities["data"] == one["outputs"][1]["data"] * 9000


@given(
    method=st.sampled_from(["get", "post"]),
    path=st.sampled_from(["", "/versions/1", "/versions/2", "/versions/\u0663", "/versions", "/"]),
    name=st.sampled_from(["toy", "x", "toy%2Finfer", "%FF", "%00", "%ED%A0%80"]),
    last=st.sampled_from(["/infer", "/ready", "", "/config"]),
    headers=st.dictionaries(
        st.sampled_from(["inference-header-content-length", "content-encoding", "content-type"]),
        st.sampled_from(["1", "86", "gzip", "identity", "\u00e9"]) | st.text("0123456789gzip-, "),
    ),
    body=st.sampled_from([RIGHT.body, in_binary(np.ones((1, 2))).body]) | st.binary(max_size=100),
)
def test_no_request_is_a_server_error(
    client: AppClient,
    method: str,
    path: str,
    name: str,
    last: str,
    headers: dict[str, str],
    body: bytes,
) -> None:
    options = {"content": body} if method == "post" else {}
    encoded = {key: value.encode() for key, value in headers.items()}
    ask = client.post if method == "post" else client.get
    answer = ask(f"/v2/models/{name}{path}{last}", headers=encoded, **options)
    if answer.status_code == 200:
        assert answer.headers["x-model-version"] == "1"
    elif answer.status_code == httpx.codes.TEMPORARY_REDIRECT:
        assert not answer.headers["location"].endswith("/")
    else:
        assert answer.status_code in {400, 404, 405, 415}
        told(answer)


@pytest.mark.parametrize("is_slow", [False, True])
def test_many_rows_and_slow_models_do_not_wait_for_large_bodies(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, *, is_slow: bool
) -> None:
    threads = []

    def noted(*arguments: Any) -> Reply:
        threads.append(threading.current_thread().name.rsplit("_", 1)[0])
        return infer(*arguments)

    monkeypatch.setattr("predictor.open_inference.routes.infer", noted)
    monkeypatch.setattr("predictor.lifecycle.loader.is_slow", lambda *_: is_slow)
    promote(store, toy_model())
    common = CommonSettings(store_dir=store.layout.root)
    with running_app(create_app(PredictorSettings(), common)) as client:
        small = in_json(np.ones((1, 2)))
        many = in_binary(np.ones((MAX_LOOP_ROWS + 1, 2)), "UINT8")
        large = in_json(np.ones((9000, 2)))
        for asked in (small, many, large):
            assert client.post(INFER, content=asked.body, headers=asked.headers).status_code == 200
    assert (threads[0] == "slow-model") is is_slow
    assert threads[1:] == ["slow-model", "large-request"]


def test_a_body_that_is_too_large_or_compressed_is_refused(client: AppClient) -> None:
    answer = client.post(INFER, content=bytes(8 * MAX_LOOP_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert "PREDICTOR_MAX_BODY_BYTES" in told(answer)
    answer = client.post(INFER, content=b"", headers={"content-encoding": "deflate"})
    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "identity"
    assert "deflate" in told(answer)


def test_the_example_in_the_documentation_can_be_sent(client: AppClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/v2/models/{name}/infer", "/v2/models/{name}/versions/{version}/infer"):
        operation = paths[path]["post"]
        assert set(operation["responses"]) == {"200", "400", "404", "413", "415", "500", "503"}
        now = {one["name"]: one.get("example") for one in operation["parameters"]}
        example = operation["requestBody"]["content"]["application/json"]["example"]
        answer = client.post(path.format(**now), json=example)
        assert answer.status_code == 200
        answers = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert answers["$ref"].endswith("/InferAnswer")
    assert paths["/predict"]["post"]["requestBody"]["content"]["application/json"]["examples"]


def test_the_documentation_works_without_a_model(store: ModelStore) -> None:
    common = CommonSettings(store_dir=store.layout.root)
    with running_app(create_app(PredictorSettings(), common)) as client:
        paths = client.get("/openapi.json").json()["paths"]
        body = paths["/v2/models/{name}/infer"]["post"]["requestBody"]
        assert "schema" in body["content"]["application/json"]
        answer = client.post(INFER, content=RIGHT.body)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert "none has been promoted" in told(answer)
