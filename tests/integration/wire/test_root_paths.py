"""Behind a proxy, both paths answer below the root path, and also where the proxy removed it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from predictor.http.api_keys import make_key
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage
from tests.support.http.raw_client import Answer, Wire, request, running_wire
from tests.support.http.raw_requests import BODY, ONE, statuses

ROOT_PATH = "/ml/churn"
FORMS = pytest.mark.parametrize("prefix", ["", ROOT_PATH], ids=["removed", "kept"])
INFER = json.dumps(
    {"inputs": [{"name": "features", "datatype": "FP64", "shape": [1, 2], "data": [1, 2]}]}
).encode()


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "asgi"])
def proxied(request: pytest.FixtureRequest, served_store: ModelStore) -> Iterator[Wire]:
    with running_wire(served_store, is_fast=request.param, root_path=ROOT_PATH) as running:
        yield running


def get(wire: Wire, path: str, **headers: str) -> Answer:
    (answer,) = wire.exchange(request(b"", "GET", path, **headers))
    return answer


@FORMS
def test_a_prediction_is_the_same_as_without_a_proxy(
    proxied: Wire, answer: Answer, prefix: str
) -> None:
    one = request(BODY, path=f"{prefix}/predict")
    assert proxied.exchange(one, one + ONE) == [answer] * 3


def test_a_kept_root_path_stays_on_the_fast_path(served_store: ModelStore) -> None:
    with running_wire(served_store, is_fast=True, root_path=ROOT_PATH) as wire:
        below = request(BODY, path=f"{ROOT_PATH}/predict")
        assert statuses(wire.exchange(below, below + ONE + below, ONE)) == [200] * 5
        assert wire.seen == []
        for path in (f"{ROOT_PATH}x/predict", f"/other{ROOT_PATH}/predict", f"{ROOT_PATH}predict"):
            assert wire.exchange(request(BODY, path=path))[0].status == 404
        assert len(wire.seen) == 3


def test_without_the_setting_no_request_below_a_path_is_answered(wire: Wire) -> None:
    for path in (f"{ROOT_PATH}/predict", "//predict", "/predict/predict"):
        assert wire.exchange(request(BODY, path=path))[0].status == 404


@FORMS
def test_every_kind_of_path_is_answered(proxied: Wire, prefix: str) -> None:
    for path in ("/livez", "/readyz", "/model", "/metrics", "/docs", "/openapi.json", "/v2"):
        assert get(proxied, prefix + path).status == 200, path
    assert get(proxied, f"{prefix}/static-offline-docs/swagger-ui.css").status == 200
    assert get(proxied, f"{prefix}/page/static/style.css").status == 200
    (inferred,) = proxied.exchange(request(INFER, path=f"{prefix}/v2/models/toy/infer"))
    assert inferred.status == 200
    assert get(proxied, f"{prefix}/nowhere").status == 404
    assert get(proxied, f"{prefix}/page/static/../../model").status == 404


@FORMS
def test_large_bodies_and_errors_are_answered(proxied: Wire, prefix: str) -> None:
    path = f"{prefix}/predict"
    rows = json.dumps({"instances": [[1, 2]] * 5000}).encode()
    for body, status in ((rows, 200), (b"{", 422), (b'{"features": [1]}', 422)):
        assert proxied.exchange(request(body, path=path))[0].status == status
    assert get(proxied, path).status == 405


@FORMS
@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/", "/docs"),
        ("/predict/", "/predict"),
        ("/model/?a=%2f", "/model?a=%2f"),
        ("//evil.example/../docs/", None),
    ],
)
def test_a_redirect_stays_below_the_root_path(
    proxied: Wire, prefix: str, path: str, location: str | None
) -> None:
    found = get(proxied, prefix + path, x_forwarded_host="evil.example").headers.get("location")
    assert found == (location and ROOT_PATH + location)


def test_the_root_path_itself_is_the_first_page(proxied: Wire) -> None:
    page = get(proxied, ROOT_PATH, accept="text/html")
    assert page == get(proxied, f"{ROOT_PATH}/", accept="text/html")
    assert b'action="/ml/churn/#answer"' in page.body


def test_the_document_names_the_root_path(proxied: Wire, wire: Wire) -> None:
    described = json.loads(get(proxied, "/openapi.json").body)
    assert described.pop("servers") == [{"url": ROOT_PATH}]
    assert described == json.loads(get(wire, "/openapi.json").body)
    docs = get(proxied, "/docs").body.decode()
    assert "'/ml/churn/openapi.json'" in docs
    assert docs.count('"/ml/churn/static-offline-docs/') == 3


def test_the_metrics_have_the_paths_of_the_predictor(served_store: ModelStore) -> None:
    with running_wire(served_store, is_fast=False, root_path=ROOT_PATH) as wire:
        wire.exchange(request(BODY, path=f"{ROOT_PATH}/predict"))
        get(wire, f"{ROOT_PATH}/model")
        page = MetricsPage(get(wire, f"{ROOT_PATH}/metrics").body.decode())
    for endpoint in ("/predict", "/model"):
        name = "modelgate_predictor_requests_total"
        assert page(name, endpoint=endpoint, status="200") == 1


def test_keys_are_required_below_the_root_path(
    served_store: ModelStore, tmp_path: Path, proxied: Wire
) -> None:
    key, line = make_key("billing")
    file = tmp_path / "keys"
    file.write_text(f"{line}\n")
    file.chmod(0o600)
    settings = {"root_path": ROOT_PATH, "api_keys_file": file}
    with running_wire(served_store, is_fast=proxied.is_fast, **settings) as wire:
        for prefix in ("", ROOT_PATH):
            path = f"{prefix}/predict"
            assert wire.exchange(request(BODY, path=path))[0].status == 401
            assert (
                wire.exchange(request(BODY, path=path, authorization=f"Bearer {key}"))[0][0] == 200
            )
            assert get(wire, f"{prefix}/livez").status == 200
            assert get(wire, f"{prefix}/metrics").status == 401
            page = get(wire, f"{prefix}/", accept="text/html")
            assert page.headers["www-authenticate"].startswith("Basic ")
