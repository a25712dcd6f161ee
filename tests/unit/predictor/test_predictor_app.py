"""The API reports the desired and the served model, and documents itself."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from predictor.app import create_app
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES
from predictor.settings import PredictorSettings
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from shared.version import VERSION
from tests.support.http.asgi import AppClient, running_app
from tests.support.models.toy import toy_model, toy_rows
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import promote


@pytest.fixture
def client(store: ModelStore) -> Iterator[AppClient]:
    settings = PredictorSettings(poll_seconds=0.01, max_body_bytes=4 * MAX_LOOP_BODY_BYTES)
    with running_app(create_app(settings, CommonSettings(store_dir=store.layout.root))) as client:
        yield client


def serve(store: ModelStore, client: AppClient, bias: float = 0.0) -> int:
    """Put a toy model in production, wait until it is served, and return its version."""
    version = promote(store, toy_model(bias=bias)).version
    wait_for(lambda: client.get("/model").json()["serving_version"] == version, "the model")
    return version


def test_without_a_model_it_is_live_and_says_why_it_is_not_ready(client: AppClient) -> None:
    assert client.get("/livez").json() == {"status": "live"}
    for answer in (client.get("/readyz"), client.post("/predict", content=b"{}")):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["error"]["code"] == "no_model"
        assert "none has been promoted" in answer.json()["error"]["message"]
    status = client.get("/model").json()
    assert status.pop("worker")
    assert status.pop("modelgate_version") == VERSION
    assert set(status.values()) == {None}


def test_the_reason_names_a_model_that_cannot_be_loaded(
    store: ModelStore, client: AppClient
) -> None:
    promote(store, toy_model(onnx_bytes=b"no model"))
    wait_for(lambda: client.get("/model").json()["last_error"], "the load to fail")
    message = client.get("/readyz").json()["error"]["message"]
    assert "Version 1 could not be loaded" in message
    assert "onnxruntime" in message
    assert client.post("/predict", content=b"{}").json()["error"]["message"].startswith("No model")


def test_with_a_model_it_is_ready_and_get_model_describes_it(
    store: ModelStore, client: AppClient
) -> None:
    model = toy_model()
    serve(store, client)
    assert client.get("/readyz").json() == {"status": "ready", "model_version": 1}
    status = client.get("/model").json()
    assert status.pop("worker") in {beat.worker for beat in store.heartbeats.all()}
    assert status.pop("loaded_at").endswith("Z")
    assert status == {
        "modelgate_version": VERSION,
        "desired_version": 1,
        "desired_digest": model.digest,
        "serving_version": 1,
        "serving_digest": model.digest,
        "model_name": "toy",
        "metric": "accuracy",
        "metrics": {"accuracy": 1.0},
        "task": "classification",
        "features": [
            {"name": "width", "type": "number", "nullable": False},
            {"name": "height", "type": "number", "nullable": False},
        ],
        "missing_values": [],
        "classes": ["small", "large"],
        "threshold": None,
        "positive_class": None,
        "last_error": None,
        "example": toy_rows()[0].tolist(),
    }


def test_the_desired_and_the_served_version_may_differ(
    store: ModelStore, client: AppClient
) -> None:
    serve(store, client)
    promote(store, toy_model(onnx_bytes=b"no model"))
    wait_for(lambda: client.get("/model").json()["last_error"], "the load to fail")
    status = client.get("/model").json()
    assert (status["desired_version"], status["serving_version"]) == (2, 1)
    assert client.get("/readyz").status_code == 200


def test_every_reply_has_its_version_in_header_and_body(
    store: ModelStore, client: AppClient
) -> None:
    for bias in (0.0, 1.0):
        version = serve(store, client, bias)
        for body in ({"features": [1, 2]}, {"instances": [[1, 2], [3, 4]]}):
            answer = client.post("/predict", json=body)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["x-model-version"] == str(version)
            assert answer.json()["model_version"] == version


def test_a_large_request_is_answered_like_a_small_one(store: ModelStore, client: AppClient) -> None:
    serve(store, client)
    one = client.post("/predict", json={"instances": [[1, 2]]}).json()["probabilities"][0]
    count = MAX_LOOP_BODY_BYTES // 4
    answer = client.post("/predict", json={"instances": [[1, 2]] * count})
    assert answer.headers["x-model-version"] == "1"
    assert answer.json()["probabilities"] == [one] * count
    assert client.post("/predict", content=b"[" * (MAX_LOOP_BODY_BYTES + 1)).status_code == 422


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_any_content_type_is_read_as_json(
    store: ModelStore, client: AppClient, content_type: str
) -> None:
    serve(store, client)
    headers = {"content-type": content_type}
    answer = client.post("/predict", content=b'{"features": [1, 2]}', headers=headers)
    assert answer.status_code == 200


def test_the_root_leads_programs_to_the_documentation(client: AppClient) -> None:
    answer = client.get("/")
    assert answer.is_redirect
    assert answer.headers["location"] == "/docs"
    assert "/" not in client.get("/openapi.json").json()["paths"]


def test_the_documentation_works_without_internet(client: AppClient) -> None:
    page = client.get("/docs").text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert links
    assert all(link.startswith("/") and client.get(link).status_code == 200 for link in links)
    assert "//" not in re.sub(r"^\s*//.*$", "", page, flags=re.MULTILINE)


def test_the_documented_examples_can_be_sent(store: ModelStore, client: AppClient) -> None:
    static = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
    row = static["content"]["application/json"]["examples"]["one row"]["value"]["features"]
    assert len(row) == 30
    serve(store, client)
    document = client.get("/openapi.json").json()
    request = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert set(request["examples"]) == {
        "one row",
        "many rows",
        "many rows with ids",
        "by name",
    }
    for example in request["examples"].values():
        assert client.post("/predict", json=example["value"]).status_code == 200


def test_the_document_describes_every_status_and_the_version_header(client: AppClient) -> None:
    document = client.get("/openapi.json").json()
    responses = document["paths"]["/predict"]["post"]["responses"]
    assert set(responses) == {"200", "413", "415", "422", "500", "503"}
    assert "x-model-version" in responses["200"]["headers"]
    for status, response in responses.items():
        schema = response["content"]["application/json"]["schema"]
        assert (status == "200") == ("anyOf" in schema)
    for name in ("OneAnswer", "ManyAnswers"):
        schema = document["components"]["schemas"][name]
        assert set(schema["example"]) == set(schema["properties"])


def test_only_libraries_for_serving_are_imported() -> None:
    program = (
        "import sys, predictor.__main__, predictor.app, predictor.client; "
        "unwanted = {'sklearn', 'pandas', 'joblib', 'scipy', 'onnx', 'skl2onnx'}; "
        "print(sorted(unwanted & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
