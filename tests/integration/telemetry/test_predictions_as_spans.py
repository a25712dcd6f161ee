"""A sampled request gets one span on every path to a prediction. Other requests get none."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from shared.telemetry.spans import start_spans, stop_spans
from tests.support.http.raw_client import Wire, request, running_wire
from tests.support.http.raw_requests import BODY, statuses
from tests.support.http.span_receiver import ReceivedSpan, SpanReceiver, span_receiver
from tests.support.models.served import model_that_fails_above_three
from tests.support.stores.builders import promote

ROW = b'{"features": [1]}'
MANY = b'{"instances": [%b]}' % b",".join([b"[1]"] * 2000)
INFER = b'{"inputs": [{"name": "features", "shape": [2, 1], "datatype": "FP64", "data": [1, 2]}]}'
TENANT = b'{"id": "patient-7", "features": [1]}'
PREDICT, PROTOCOL = "/predict", "/v2/models/{name}/infer"


def trace(number: int, flags: str = "01") -> str:
    return f"00-{number:032x}-{number:016x}-{flags}"


@dataclass
class Observed:
    """A predictor whose spans arrive at a receiver."""

    wire: Wire
    receiver: SpanReceiver
    digest: str

    def finish(self) -> list[ReceivedSpan]:
        """Return all spans. The process sends none afterwards."""
        stop_spans(30)
        return sorted(self.receiver.spans, key=lambda each: each.trace)


@pytest.fixture(params=[True, False], ids=["fast", "asgi"])
def observed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Observed]:
    folder = tmp_path_factory.mktemp("spans") / "store"
    store = open_for_writing(folder, CANDIDATES, MODELS, DECISIONS, SERVING)
    registry = promote(store, model_that_fails_above_three())
    with span_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        start_spans("modelgate-predictor")
        try:
            with running_wire(store, is_fast=request.param) as wire:
                yield Observed(wire, receiver, registry.digest)
        finally:
            stop_spans(0)


def test_every_path_sends_status_rows_and_version(observed: Observed) -> None:
    bodies = [
        (ROW, PREDICT, 200, 1),
        (MANY, PREDICT, 200, 2000),
        (b'{"features": [4]}', PREDICT, 500, None),
        (BODY, PREDICT, 422, None),
        (INFER, "/v2/models/toy/infer", 200, 2),
        (b"{}", "/v2/models/toy/versions/1/infer", 400, None),
    ]
    for number, (body, path, status, _) in enumerate(bodies, 1):
        sent = request(body, path=path, traceparent=trace(number))
        assert statuses(observed.wire.exchange(sent)) == [status]
    found = observed.finish()
    assert len(found) == len(bodies)
    for number, (each, (_, path, status, rows)) in enumerate(zip(found, bodies, strict=True), 1):
        route = PREDICT if path == PREDICT else PROTOCOL
        assert each.name == f"POST {route}"
        assert (each.trace, each.parent) == (f"{number:032x}", f"{number:016x}")
        assert each.start <= each.end
        assert each.is_error == (status == 500)
        assert each.attributes == {
            "http.request.method": "POST",
            "http.route": route,
            "http.response.status_code": status,
            "modelgate.model.version": 1,
            "modelgate.model.digest": observed.digest,
            **({"modelgate.rows": rows} if rows else {}),
        }


def test_a_request_that_its_client_does_not_record_gets_no_span(observed: Observed) -> None:
    sent = [
        request(ROW), request(ROW, traceparent=trace(1, "00")), request(ROW, traceparent="evil"),
        request(MANY, traceparent=trace(2, "00")), request(ROW, traceparent=trace(3, "03")),
    ]  # fmt: skip
    assert statuses(observed.wire.exchange(*sent)) == [200] * 5
    assert [each.trace for each in observed.finish()] == [f"{3:032x}"]


def test_a_span_contains_no_id_and_no_header(observed: Observed) -> None:
    sent = request(TENANT, traceparent=trace(1), authorization="Bearer secret-7")
    observed.wire.exchange(sent)
    assert len(observed.finish()) == 1
    sent_bytes = b"".join(observed.receiver.bodies)
    assert b"patient-7" not in sent_bytes
    assert b"secret-7" not in sent_bytes


def test_requests_of_one_turn_have_their_own_spans(observed: Observed) -> None:
    parts = [request(ROW, traceparent=trace(number)) for number in (1, 2, 3)]
    parts[1:1] = [request(ROW)]
    assert statuses(observed.wire.exchange(b"".join(parts))) == [200] * 4
    assert [each.trace for each in observed.finish()] == [f"{n:032x}" for n in (1, 2, 3)]
