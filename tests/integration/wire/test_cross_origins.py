"""Pages of the allowed origins may read every response, and others may not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from predictor.http.api_keys import make_key
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage
from tests.support.http.raw_client import Answer, Wire, request, running_wire
from tests.support.http.raw_requests import BODY, LIVE, ONE, WRONG

APP, OTHER = "https://app.example.com", "http://localhost:3000"
ALLOW, EXPOSE = "access-control-allow-origin", "access-control-expose-headers"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CLIENT_HEADERS = (
    *("content-type", "authorization", "x-request-id", "traceparent"),
    "inference-header-content-length",
)


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "asgi"])
def listing(request: pytest.FixtureRequest, served_store: ModelStore) -> Iterator[Wire]:
    """Run a predictor that allows two origins."""
    with running_wire(
        served_store, is_fast=request.param, cors_origins=f"{APP},{OTHER}"
    ) as running:
        yield running


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "asgi"])
def opened(request: pytest.FixtureRequest, served_store: ModelStore) -> Iterator[Wire]:
    """Run a predictor that allows every origin."""
    with running_wire(served_store, is_fast=request.param, cors_origins="*") as running:
        yield running


def ask(wire: Wire, sent: bytes) -> Answer:
    (answer,) = wire.exchange(sent)
    return answer


def preflight(path: str = "/predict", origin: str = APP, **headers: str) -> bytes:
    asked = {"access_control_request_method": "POST", "origin": origin}
    return request(b"", "OPTIONS", path, **asked | headers)


KINDS: dict[str, tuple[bytes, int]] = {
    "a prediction": (BODY, 200),
    "a mistake": (b'{"features": [1]}', 422),
    "many rows": (json.dumps({"instances": [[1, 2]] * 5000}).encode(), 200),
    "too much": (b" " * (17 << 20), 413),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_allows_the_origin_that_asked(listing: Wire, kind: str) -> None:
    body, status = KINDS[kind]
    for origin in (APP, OTHER):
        found = ask(listing, request(body, origin=origin))
        assert (found.status, found.headers[ALLOW]) == (status, origin)
        assert "x-model-version" in found.headers[EXPOSE]
        assert found.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["", "https://evil.example", "null", "*", APP + "/"])
def test_no_other_origin_is_allowed(listing: Wire, origin: str) -> None:
    for body, status in KINDS.values():
        found = ask(listing, request(body, origin=origin))
        assert found.status == status
        assert not {ALLOW, EXPOSE} & found.headers.keys()
        assert found.headers["vary"] == "Origin"


def test_requests_of_one_connection_get_their_own_origin(listing: Wire) -> None:
    first, second = (request(BODY, origin=origin) for origin in (APP, OTHER))
    for pieces in ([first, second, ONE, first], [first + second + ONE + first]):
        found = [answer.headers.get(ALLOW) for answer in listing.exchange(*pieces * 2)]
        assert found == [APP, OTHER, None, APP] * 2


def test_a_traced_request_gets_both_headers(listing: Wire) -> None:
    found = ask(listing, request(BODY, origin=APP, traceparent=TRACE))
    assert (found.headers["traceparent"], found.headers[ALLOW]) == (TRACE, APP)


@pytest.mark.parametrize("path", ["/model", "/livez", "/docs", "/nowhere", "/v2", "/metrics"])
def test_every_path_allows_the_origin(listing: Wire, path: str) -> None:
    assert ask(listing, request(b"", "GET", path, origin=APP)).headers[ALLOW] == APP
    assert ALLOW not in ask(listing, request(b"", "GET", path)).headers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (
            b"GET /model HTTP/1.1\r\nhost: test\r\norigin: %b\r\nx: y" % APP.encode()
            + b"z" * 20_000,
            431,
        ),
        (request(BODY, host="evil.example", origin=APP), 421),
    ],
)
def test_refusals_of_a_connection_allow_the_origin(listing: Wire, sent: bytes, status: int) -> None:
    found = ask(listing, sent)
    assert (found.status, found.headers[ALLOW]) == (status, APP)


def test_a_late_request_that_named_its_origin_is_refused_for_it(listing: Wire) -> None:
    connection = listing.connect()
    connection.send(request(BODY, origin=APP)[:-1])
    listing.pass_seconds(70)
    (found,) = connection.answers
    assert (found.status, found.headers[ALLOW]) == (408, APP)


def test_a_preflight_allows_what_clients_send(listing: Wire) -> None:
    for path in ("/predict", "/v2/models/toy/infer", "/nowhere"):
        found = ask(listing, preflight(path))
        assert (found.status, found.body, found.headers[ALLOW]) == (204, b"", APP)
        assert found.headers["access-control-allow-methods"] == "GET, HEAD, POST"
        allowed = found.headers["access-control-allow-headers"].split(", ")
        assert set(CLIENT_HEADERS) <= set(allowed)


def test_a_preflight_of_another_origin_is_refused_with_the_setting(listing: Wire) -> None:
    found = ask(listing, preflight(origin="https://evil.example"))
    assert found.status == 403
    assert json.loads(found.body)["error"] == {
        "code": "unknown_origin",
        "message": "Pages of 'https://evil.example' may not call this service. An operator can add "
        "the origin to PREDICTOR_CORS_ORIGINS.",
        "field": None,
    }
    assert ALLOW not in found.headers


def test_options_without_the_headers_of_a_preflight_are_none(listing: Wire) -> None:
    assert ask(listing, request(b"", "OPTIONS", origin=APP)).status == 405
    asked = {"access_control_request_method": "POST"}
    assert ask(listing, request(b"", "OPTIONS", **asked)).status == 405


def test_every_origin_may_be_allowed(opened: Wire) -> None:
    for sent in (
        ONE,
        WRONG,
        LIVE,
        request(BODY, origin="null"),
        request(BODY, host="evil.example"),
    ):
        found = ask(opened, sent)
        assert found.headers[ALLOW] == "*"
        assert "x-model-version" in found.headers[EXPOSE]
        assert "vary" not in found.headers
    found = ask(opened, preflight(origin="https://any.example"))
    assert (found.status, found.headers[ALLOW]) == (204, "*")


def test_no_reply_allows_credentials(listing: Wire, opened: Wire) -> None:
    for wire in (listing, opened):
        for sent in (preflight(), request(BODY, origin=APP), WRONG):
            assert "access-control-allow-credentials" not in ask(wire, sent).headers


def test_without_the_setting_nothing_changes(wire: Wire, answer: Answer) -> None:
    assert ask(wire, request(BODY, origin=APP)) == answer
    refused = ask(wire, preflight())
    assert refused.status == 405
    names = {*refused.headers, *ask(wire, request(b"", "GET", "/model", origin=APP)).headers}
    assert not [name for name in names if name.startswith("access-control") or name == "vary"]


def test_any_allowed_origin_stays_on_the_fast_path(served_store: ModelStore) -> None:
    for origins in ("*", APP):
        with running_wire(served_store, is_fast=True, cors_origins=origins) as wire:
            wire.exchange(ONE, request(BODY, origin=APP) * 2, request(BODY, origin=OTHER))
            assert wire.seen == []


def test_preflights_are_counted(served_store: ModelStore) -> None:
    with running_wire(served_store, is_fast=True, cors_origins=APP) as wire:
        wire.exchange(preflight(), preflight(), preflight(origin=OTHER))
        page = MetricsPage(ask(wire, request(b"", "GET", "/metrics")).body.decode())
    name = "modelgate_predictor_requests_total"
    counted = {status: page(name, endpoint="other", status=status) for status in ("403", "204")}
    assert counted == {"403": 1, "204": 2}


def test_a_preflight_needs_no_key_and_its_request_does(
    served_store: ModelStore, tmp_path: Path, listing: Wire
) -> None:
    key, line = make_key("page")
    file = tmp_path / "keys"
    file.write_text(f"{line}\n")
    file.chmod(0o600)
    settings: dict[str, Any] = {"cors_origins": APP, "api_keys_file": file}
    with running_wire(served_store, is_fast=listing.is_fast, **settings) as wire:
        assert ask(wire, preflight(access_control_request_headers="authorization")).status == 204
        refused = ask(wire, request(BODY, origin=APP))
        assert (refused.status, refused.headers[ALLOW]) == (401, APP)
        for _ in range(2):  # the second one has a known head on the fast path
            allowed = ask(wire, request(BODY, origin=APP, authorization=f"Bearer {key}"))
            assert (allowed.status, allowed.headers[ALLOW]) == (200, APP)
