"""Each route in /docs of both services has a summary, and examples that fit its schemas."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import validator_for

from gatekeeper.app import create_app as create_gatekeeper
from gatekeeper.settings import GatekeeperSettings
from predictor.app import create_app as create_predictor
from predictor.settings import PredictorSettings
from shared.contract.documents import Decision, Manifest, Registry
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.asgi import running_app
from tests.support.models.mixed import mixed_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

Document = dict[str, Any]
BINARY = "application/octet-stream"


@pytest.fixture(params=["gatekeeper", "predictor", "predictor without a model"])
def document(request: pytest.FixtureRequest, store: ModelStore) -> Document:
    """Return the OpenAPI document of a service."""
    common = CommonSettings(store_dir=store.layout.root)
    if request.param == "gatekeeper":
        return create_gatekeeper(GatekeeperSettings(), common).openapi()
    if request.param == "predictor":
        promote(store, mixed_model())
    with running_app(create_predictor(PredictorSettings(), common)) as client:
        if request.param == "predictor":
            wait_for(lambda: client.get("/readyz").status_code == 200, "the model")
        content: Document = client.get("/openapi.json").json()
    return content


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def examples(content: Document, document: Document, where: str) -> Iterator[tuple[str, Any]]:
    """Yield the examples of a body after checking them against its schema."""
    assert content, where
    for media_type, body in content.items():
        if media_type == BINARY:
            continue
        many = [each["value"] for each in body.get("examples", {}).values()]
        given = many or [body["example"]]
        schema = {**body["schema"], "components": document["components"]}
        for example in given:
            mistakes = [str(each) for each in validator_for(schema).iter_errors(example)]
            assert mistakes == [], where
            yield where, example


def test_every_route_has_a_summary_and_examples_that_fit(document: Document) -> None:
    found = dict(operations(document))
    assert len(found) > 10
    summaries = {}
    for route, operation in found.items():
        automatic = operation["operationId"].split("_")[0].capitalize()
        summaries[route] = operation["summary"]
        assert len(operation["summary"]) > len(automatic) + 5, route
        assert " " in operation["summary"], route
        answers = operation["responses"]["200"]["content"]
        assert [*examples(answers, document, f"{route}, response")]
        if route.startswith("POST"):
            body = operation["requestBody"]["content"]
            assert [*examples(body, document, f"{route}, request")]
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                assert parameter["example"], route
                validator_for(parameter["schema"]).validate(parameter["example"])


def test_examples_of_documents_are_documents_of_the_store(store: ModelStore) -> None:
    common = CommonSettings(store_dir=store.layout.root)
    document = create_gatekeeper(GatekeeperSettings(), common).openapi()

    def shown(route: str) -> Any:
        operation = dict(operations(document))[route]
        return operation["responses"]["200"]["content"]["application/json"]["example"]

    Registry.model_validate_json(_text(shown("GET /registry")))
    detail = shown("GET /candidates/{candidate_id}")
    Manifest.model_validate_json(_text(detail["manifest"]))
    decisions = [
        detail["decision"],
        *shown("GET /decisions")["decisions"],
        *map(
            shown,
            [
                "GET /decisions/{number}",
                "POST /registry/rollback",
                "POST /candidates/{candidate_id}/approve",
                "POST /candidates/{candidate_id}/reject",
            ],
        ),
    ]
    read = [Decision.model_validate_json(_text(decision)) for decision in decisions]
    assert [decision.outcome for decision in read[-3:]] == ["rolled_back", "promoted", "refused"]


def _text(content: Any) -> str:
    return json.dumps(content)
