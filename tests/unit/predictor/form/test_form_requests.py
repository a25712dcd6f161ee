"""The form answers what POST /predict answers, within the same limits."""

import html
import json
import re
from collections.abc import Iterator, Mapping

import httpx
import pytest

from predictor.app import create_app
from predictor.settings import PredictorSettings
from shared.inference.feature_encoding import Value
from shared.live.live_hours import LiveHours
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.asgi import AppClient, running_app
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.mixed import EXAMPLE, FEATURES, mixed_model
from tests.support.models.served import toy_regressor
from tests.support.models.toy import ToyModel, toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client(store: ModelStore) -> Iterator[AppClient]:
    settings = PredictorSettings(
        poll_seconds=0.01,
        heartbeat_seconds=0.05,
        max_body_bytes=4096,
        published="http://Models.example.com:80/",
    )
    with running_app(create_app(settings, CommonSettings(store_dir=store.layout.root))) as client:
        yield client


def serve(store: ModelStore, client: AppClient, model: ToyModel) -> dict[str, str]:
    """Serve a model, and return the fields of its form with the example row."""
    version = promote(store, model).version
    wait_for(lambda: client.get("/model").json()["serving_version"] == version, "the model")
    return read_fields(client.get("/", headers=BROWSER).text)


def read_fields(page: str) -> dict[str, str]:
    inputs = re.findall(r'<input [^>]*?value="([^"]*)"[^>]*? name="([^"]*)"', page)
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    chosen = re.findall(r'<select [^>]*name="(\w+)".*?value="([^"]*)" selected', page)
    return {**{name: value for value, name in inputs}, **dict(hidden), **dict(chosen)}


def send(client: AppClient, fields: Mapping[str, str], **headers: str) -> httpx.Response:
    return client.post("/", data=fields, headers=headers)


def name_values(*values: Value) -> dict[str, Value]:
    return {feature.name: value for feature, value in zip(FEATURES, values, strict=True)}


def shown_json(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<code>(.*?)</code>", page)]


def test_without_a_model_the_page_says_why(client: AppClient) -> None:
    for answer in (client.get("/", headers=BROWSER), send(client, {})):
        assert answer.status_code == 503
        assert "none has been promoted" in answer.text
        assert answer.headers["content-type"].startswith("text/html")


def test_the_example_row_gets_the_answer_of_predict(store: ModelStore, client: AppClient) -> None:
    fields = serve(store, client, mixed_model())
    answer = send(client, fields)
    assert answer.status_code == 200
    sent, shown = shown_json(answer.text)
    assert json.loads(sent) == {"features": name_values(*EXAMPLE)}
    assert shown == client.post("/predict", content=sent).text
    page = MetricsPage(client.get("/metrics").text)
    assert page("modelgate_predictor_requests_total", endpoint="/", status="200") == 2
    assert sum(page.all("modelgate_predictor_predictions_total").values()) == 2


def test_answers_and_mistakes_are_live_counts(store: ModelStore, client: AppClient) -> None:
    fields = serve(store, client, toy_model())
    assert send(client, fields).status_code == 200
    assert send(client, {**fields, "f0": "x"}).status_code == 422
    live = LiveHours(store.layout)

    def counted() -> tuple[int, int, int]:
        hours = [
            live.read(worker, hour) for worker in live.workers() for hour in live.hours(worker)
        ]
        found = [version for hour in hours for version in hour.versions]
        requests = [version.requests for version in found]
        rows = sum(version.rows for version in found)
        return sum(r.answered for r in requests), sum(r.rejected for r in requests), rows

    wait_for(lambda: counted() == (1, 1, 1), "the live counts")


def test_an_empty_field_is_a_missing_value_if_its_feature_is_nullable(
    store: ModelStore, client: AppClient
) -> None:
    fields = serve(store, client, mixed_model())
    answer = send(client, {**fields, "f1": "", "f4": ""})
    sent, shown = shown_json(answer.text)
    expected = [*EXAMPLE[:1], None, *EXAMPLE[2:4], None]
    assert json.loads(shown) == client.post("/predict", json={"features": expected}).json()
    assert json.loads(sent)["features"]["fare"] == ""
    refused = send(client, {**fields, "f0": "", "f1": "many", "f2": "perhaps"})
    assert refused.status_code == 422
    found = [html.unescape(each) for each in re.findall(r'class="bad">(.*?)</p>', refused.text)]
    assert found[0].startswith("Must be a number; found an empty string")
    assert found[1:] == [
        "Must be a number or empty; found 'many'.",
        "Must be true or false; found 'perhaps'.",
    ]


@pytest.mark.parametrize("text", ["1e999", "9" * 400, "nan", "٣", "1_000", "0x10"])
def test_a_number_is_what_json_calls_a_number(
    store: ModelStore, client: AppClient, text: str
) -> None:
    fields = serve(store, client, toy_regressor())
    refused = send(client, {**fields, "f0": text})
    assert refused.status_code == 422
    assert refused.text.count('class="bad"') == 1
    accepted = send(client, {**fields, "f0": " +1.5e0 ", "f1": ".5"})
    assert json.loads(shown_json(accepted.text)[0]) == {"features": {"x0": 1.5, "x1": 0.5}}
    assert 'class="big"><span class="name">2.5</span>' in accepted.text


def test_after_a_change_of_the_features_the_form_is_new(
    store: ModelStore, client: AppClient
) -> None:
    fields = serve(store, client, toy_model())
    serve(store, client, toy_model(bias=1.0))
    assert "version 2" in send(client, fields).text, "the same features"
    serve(store, client, toy_model(features=("height", "width")))
    answer = send(client, fields)
    assert answer.status_code == 409
    assert "A model with other features is served now" in answer.text
    assert send(client, read_fields(answer.text)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://other"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "http://models.example.com:8000"}, 403),
        ({"origin": "http://models.example.com"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "http://proxy"}, 200),
        ({"origin": "http://test"}, 200),
    ],
)
def test_a_page_of_another_site_cannot_send_the_form(
    store: ModelStore, client: AppClient, headers: Mapping[str, str], status: int
) -> None:
    fields = serve(store, client, toy_model())
    assert send(client, fields, **headers).status_code == status


def test_bad_bodies_are_refused_as_pages(store: ModelStore, client: AppClient) -> None:
    fields = serve(store, client, toy_model())
    cases: list[tuple[bytes, int, str]] = [
        (b"f0=" + b"1" * 5000, 413, "more than 4096 bytes"),
        (b"&".join([b"f0=1"] * 100), 422, "not of this form"),
        (b'{"features": [1, 2]}', 422, "not of this form"),
        (b"f0=%ff", 422, "not of this form"),
        (b"\xff", 422, "not of this form"),
        (b"", 409, "A model with other features"),
    ]
    for body, status, message in cases:
        answer = client.post("/", content=body)
        assert (answer.status_code, message in answer.text) == (status, True), body[:30]
    compressed = client.post("/", content=b"x", headers={"content-encoding": "gzip"})
    assert compressed.status_code == 415
    assert send(client, fields).status_code == 200


def test_hidden_categories_are_on_no_page(store: ModelStore) -> None:
    settings = PredictorSettings(poll_seconds=0.01, categories="hide")
    with running_app(create_app(settings, CommonSettings(store_dir=store.layout.root))) as client:
        fields = serve(store, client, mixed_model())
        for answer in (client.get("/", headers=BROWSER), send(client, {**fields, "f0": ""})):
            assert not re.search("Oslo|Bonn|Rome|green|blue", answer.text)
        assert send(client, fields).status_code == 200
