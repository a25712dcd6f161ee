"""The document of a model with booleans, categories and missing values has valid examples."""

import json
from collections.abc import Iterator

import numpy as np
import pytest

from predictor.app import create_app
from predictor.http.row_json_schema import make_row_schema
from predictor.lifecycle.loader import ModelLoader
from predictor.settings import PredictorSettings
from shared.contract.documents import Feature
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.asgi import AppClient, running_app
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.mixed import EXAMPLE, FEATURES, ROWS, mixed_model
from tests.support.models.served import model_around
from tests.support.models.toy import ToyModel
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote


@pytest.fixture(params=[False, True], ids=["classifier", "regressor"])
def model(request: pytest.FixtureRequest) -> ToyModel:
    return mixed_model(is_regressor=request.param)


@pytest.fixture
def client(store: ModelStore, model: ToyModel) -> Iterator[AppClient]:
    promote(store, model)
    with running_app(
        create_app(PredictorSettings(), CommonSettings(store_dir=store.layout.root))
    ) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, "the model")
        yield client


def test_get_model_has_the_feature_schema_and_an_example_row(
    client: AppClient, model: ToyModel
) -> None:
    shown = client.get("/model").json()
    assert shown["task"] == model.artefact.task
    assert shown["example"] == EXAMPLE
    assert type(shown["example"][2]) is bool
    assert shown["features"] == [
        {"name": "age", "type": "number", "nullable": False, "minimum": 18.0, "maximum": 90.0},
        {"name": "fare", "type": "number", "nullable": True},
        {"name": "member", "type": "boolean", "nullable": False},
        {
            "name": "colour",
            "type": "category",
            "nullable": False,
            "categories": ["blue", "green", "red"],
        },
        {
            "name": "town",
            "type": "category",
            "nullable": True,
            "categories": ["Bonn", "Oslo", "Rome"],
        },
    ]


def test_every_documented_example_is_answered(client: AppClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    content = paths["/predict"]["post"]["requestBody"]["content"]["application/json"]
    examples = {name: example["value"] for name, example in content["examples"].items()}
    names = [feature.name for feature in FEATURES]
    assert examples == {
        "one row": {"features": EXAMPLE},
        "many rows": {"instances": [EXAMPLE, EXAMPLE]},
        "many rows with ids": {"instances": [EXAMPLE] * 2, "ids": ["order 17", "order 18"]},
        "by name": {"features": dict(zip(names, EXAMPLE, strict=True)), "id": "order 17"},
    }
    for body in examples.values():
        assert client.post("/predict", json=body).status_code == 200
    for path in ("/v2/models/{name}/infer", "/v2/models/{name}/versions/{version}/infer"):
        operation = paths[path]["post"]
        now = {one["name"]: one.get("example") for one in operation["parameters"]}
        body = operation["requestBody"]["content"]["application/json"]["example"]
        assert [one["data"] for one in body["inputs"]] == [[value] for value in EXAMPLE]
        assert client.post(path.format(**now), json=body).status_code == 200


def test_the_openapi_document_describes_the_values_of_a_row(client: AppClient) -> None:
    body = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    by_list, by_name = schema["oneOf"][0]["properties"]["features"]["anyOf"]
    blank = {"type": "string", "pattern": r"^\s*$"}
    age, fare, *others = by_list["prefixItems"]
    assert age["type"] == "number"
    assert (fare["anyOf"][0]["type"], fare["anyOf"][1]) == (["number", "null"], blank)
    assert [value["type"] for value in others] == [
        "boolean",
        "string",
        ["string", "null"],
    ]
    assert (by_list["minItems"], by_list["maxItems"]) == (5, 5)
    assert list(by_name["properties"].values()) == by_list["prefixItems"]
    assert by_name["required"] == ["age", "member", "colour"]
    assert by_name["properties"]["age"]["description"] == "In training: from 18 to 90."
    assert "blue, green, red. Any other" in by_name["properties"]["colour"]["description"]


def test_many_categories_are_shortened() -> None:
    texts = tuple(sorted(f"{number} " + "x" * 1000 for number in range(1000)))
    schema = make_row_schema([Feature(name="x", type="category", categories=texts)])
    assert len(str(schema)) < 5000
    assert "and 980 more" in str(schema)


def test_unseen_categories_are_counted_once_for_each_prediction(client: AppClient) -> None:
    seen, unseen, wrong = (
        [1, None, True, "red", "Oslo"],
        [1, None, True, "mauve", "Nice"],
        ["1", None, True, "mauve", "Nice"],
    )
    for body in ({"features": seen}, {"features": unseen}, {"instances": [unseen, seen, unseen]}):
        assert client.post("/predict", json=body).status_code == 200
    for refused in ({"features": wrong}, {"instances": [unseen, wrong]}):
        assert client.post("/predict", json=refused).status_code == 422

    def counted() -> dict[tuple[str, ...], float]:
        page = MetricsPage(client.get("/metrics").text)
        return page.all("modelgate_predictor_unseen_categories_total")

    assert counted() == {("toy", "1", "colour"): 3, ("toy", "1", "town"): 3}


@pytest.mark.parametrize(
    ("chosen", "example"),
    [
        ([0, 1, 2, 3], EXAMPLE),
        ([0, 1], [41.0, None, True, "blue", "Rome"]),
        ([3], [58.0, 512.5, False, "blue", "Bonn"]),
    ],
)
def test_the_example_has_as_few_missing_values_as_possible(
    store: ModelStore, chosen: list[int], example: list[object]
) -> None:
    made = mixed_model()
    served = made.files[made.artefact.model.name]
    model = model_around(served, FEATURES, ROWS[chosen], classes=made.artefact.classes)
    promote(store, model)
    loaded = ModelLoader(store.models, allow_joblib=False).load(model.digest)
    assert list(loaded.example) == example
    query = loaded.reader.read(json.dumps({"features": example}).encode())
    assert np.array_equal(query.rows, loaded.example_rows, equal_nan=True)
