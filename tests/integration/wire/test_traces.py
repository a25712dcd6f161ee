"""Responses return the traceparent of their request, on the fast path and without it."""

import json
import logging
from collections.abc import Iterator

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.logs import JsonFormatter
from shared.store.store import open_for_writing
from tests.support.http.raw_client import Wire, request, running_wire
from tests.support.http.raw_requests import BODY, ONE, WRONG, statuses
from tests.support.models.served import model_that_fails_above_three
from tests.support.stores.builders import promote

MANY = b'{"instances": [%b]}' % b",".join([b"[1, 2]"] * 2000)
INFER = b'{"inputs": []}'


def trace(number: int) -> str:
    return f"00-{number:032x}-{number:016x}-01"


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """Run a predictor with the fast path whose model fails above three."""
    folder = tmp_path_factory.mktemp("failing") / "store"
    store = open_for_writing(folder, CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, model_that_fails_above_three())
    with running_wire(store, is_fast=True) as wire:
        yield wire


@pytest.mark.parametrize(
    ("body", "method", "path", "status"),
    [
        (BODY, "POST", "/predict", 200),
        (MANY, "POST", "/predict", 200),
        (b'{"features": [1]}', "POST", "/predict", 422),
        (INFER, "POST", "/v2/models/toy/infer", 400),
        (b"", "GET", "/livez", 200),
        (b"", "GET", "/nowhere", 404),
        (b"", "GET", "/metrics", 200),
    ],
)
def test_every_response_returns_it(
    wire: Wire, body: bytes, method: str, path: str, status: int
) -> None:
    (found,) = wire.exchange(request(body, method, path, traceparent=trace(1), tracestate="a=b"))
    assert found.status == status
    assert found.headers["traceparent"] == trace(1)
    assert "tracestate" not in found.headers


def test_an_invalid_one_is_not_reflected(wire: Wire) -> None:
    for value in ("evil", trace(0), trace(1).upper().replace("0", "F"), trace(1) + "-x"):
        for sent in (request(BODY, traceparent=value), request(b"", "GET", "/", traceparent=value)):
            (found,) = wire.exchange(sent)
            assert "traceparent" not in found.headers


def test_each_response_of_a_connection_has_its_own(wire: Wire) -> None:
    live = request(b"", "GET", "/livez", traceparent=trace(4))
    parts = [
        request(BODY, traceparent=trace(1)), ONE, request(BODY, traceparent=trace(2)), WRONG,
        live, request(b"", "GET", "/livez"), ONE, request(BODY, traceparent=trace(3)), ONE,
    ]  # fmt: skip
    expected = [trace(1), None, trace(2), None, trace(4), None, None, trace(3), None]
    for pieces in (parts, [b"".join(parts)], [b"".join(parts)[:700], b"".join(parts)[700:]]):
        found = wire.exchange(*pieces)
        assert [each.headers.get("traceparent") for each in found] == expected
    assert statuses(found) == [200, 200, 200, 422, 200, 200, 200, 200, 200]


def test_the_log_of_a_failure_names_only_its_own(
    failing: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JsonFormatter())
    caplog.set_level(logging.ERROR)
    bad = b'{"features": [4]}'
    good = request(b'{"features": [1]}', traceparent=trace(1))
    many = request(b'{"instances": [%b]}' % b",".join([b"[4]"] * 2000), traceparent=trace(3))
    # All plain requests of one piece share one turn of the event loop.
    together = b"".join([good, request(bad, traceparent=trace(2)), request(bad)])
    assert statuses(failing.exchange(together)) == [200, 500, 500]
    assert statuses(failing.exchange(many)) == [500]
    lines = [json.loads(line) for line in caplog.text.splitlines()]
    assert [line.get("traceparent") for line in lines] == [trace(2), None, trace(3)]
