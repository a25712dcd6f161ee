"""With PREDICTOR_CATEGORIES=hide, no client sees the categories of the training data."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from predictor.app import create_app
from predictor.codec.input_schema import ANY_STRING
from predictor.settings import PredictorSettings
from shared.contract.layout import DECISIONS, MODELS, SERVING
from shared.settings import CommonSettings
from shared.store.store import open_for_writing
from tests.support.http.asgi import AppClient, running_app
from tests.support.models.mixed import EXAMPLE, FEATURES, mixed_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

CATEGORIES = sorted({text for feature in FEATURES for text in feature.categories or ()})
WORDS = re.compile(rf"\b({'|'.join(CATEGORIES)})\b")
SHOWN = ("/model", "/openapi.json")
OTHERS = ("/v2", "/v2/models/toy", "/v2/models/toy/versions/1", "/docs", "/metrics", "/readyz")
BODIES: dict[str, object] = {
    "unknown strings": {"features": [1, None, True, "mauve", "Nice"]},
    "a near miss": {"features": [1, None, True, "rd", "Romee"]},
    "a number": {"features": [1, None, True, 1, 2]},
    "a missing value": {"features": [1, None, True, None, ""]},
    "an unknown name": {"features": {"age": 1, "member": True, "color": "mauve"}},
}


@pytest.fixture(scope="module")
def store_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    promote(open_for_writing(root, MODELS, DECISIONS, SERVING), mixed_model())
    return root


@pytest.fixture(scope="module")
def client(store_dir: Path) -> Iterator[AppClient]:
    settings = PredictorSettings(categories="hide")
    with running_app(create_app(settings, CommonSettings(store_dir=store_dir))) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, "the model")
        yield client


def test_by_default_they_are_shown(store_dir: Path) -> None:
    app = create_app(PredictorSettings(), CommonSettings(store_dir=store_dir))
    with running_app(app) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, "the model")
        assert {*WORDS.findall(client.get("/model").text)} == {*CATEGORIES}
        assert {*WORDS.findall(client.get("/openapi.json").text)} == {*CATEGORIES}
        assert not any(WORDS.search(client.get(path).text) for path in OTHERS)


@pytest.mark.parametrize("path", [*SHOWN, *OTHERS])
def test_no_response_has_them(client: AppClient, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert not WORDS.search(response.text)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_error_has_them(client: AppClient, body: object) -> None:
    assert not WORDS.search(client.post("/predict", json=body).text)


def test_an_infer_request_that_is_refused_does_not_show_them(client: AppClient) -> None:
    inputs = [{"name": "colour", "shape": [1, 1], "datatype": "BYTES", "data": ["mauve"]}]

    response = client.post("/v2/models/toy/infer", json={"inputs": inputs})

    assert response.status_code == 400
    assert not WORDS.search(response.text)


def test_the_rest_of_the_schema_is_shown(client: AppClient) -> None:
    shown = client.get("/model").json()

    names = [feature.name for feature in FEATURES]
    assert [feature["name"] for feature in shown["features"]] == names
    assert shown["features"][3] == {"name": "colour", "type": "category", "nullable": False}
    assert shown["example"] == [ANY_STRING if isinstance(v, str) else v for v in EXAMPLE]


def test_the_examples_are_answered(client: AppClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    content = paths["/predict"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        assert ANY_STRING in str(example)
        assert client.post("/predict", json=example["value"]).status_code == 200
    body = paths["/v2/models/{name}/infer"]["post"]["requestBody"]["content"]["application/json"]
    assert client.post("/v2/models/toy/infer", json=body["example"]).status_code == 200


def test_a_known_category_still_has_its_own_prediction(client: AppClient) -> None:
    rows = [[41, 7.25, True, "red", town] for town in ("Bonn", "Rome", ANY_STRING)]

    answers = client.post("/predict", json={"instances": rows}).json()["probabilities"]

    assert len({*map(tuple, answers)}) == 3
