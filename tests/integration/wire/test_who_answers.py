"""The fast path, the application and slow models: each request gets its reply in order."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from predictor.http.fast_protocol import MAX_UNANSWERED
from predictor.lifecycle import event_loop_budget
from shared.http import timeouts_and_sizes
from shared.store.store import ModelStore
from tests.support.http.raw_client import Answer, Wire, chunked, request, running_wire, single_bytes
from tests.support.http.raw_requests import BODY, LIVE, ONE, WRONG, error_of, statuses
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote


def test_plain_requests_do_not_reach_the_application_and_others_do(
    served_store: ModelStore,
) -> None:
    with running_wire(served_store, is_fast=True) as wire:
        wire.exchange(ONE, ONE + WRONG, request(BODY, connection="keep-alive"), *single_bytes(ONE))
        assert wire.seen == []
        unusual = [
            request(BODY, path="/predict?x=1"),
            request(BODY, content_encoding="gzip"),
            request(BODY, expect="100-continue"),
            request(chunked(BODY), content_length="", transfer_encoding="chunked"),
            request(b" " * 40_000 + BODY),
            request(b""),
        ]
        for sent in unusual:
            wire.exchange(sent)
        assert wire.seen == ["POST /predict"] * len(unusual)


def is_served(wire: Wire, version: int) -> bool:
    return wire.exchange(ONE)[0].headers["x-model-version"] == str(version)


def test_the_version_served_when_a_body_is_complete_answers_it(
    store: ModelStore,
) -> None:
    promote(store, toy_model())
    for is_fast in (True, False):
        with running_wire(store, is_fast=is_fast) as wire:
            connection = wire.connect()
            connection.send(ONE, ONE[:-1])
            before = connection.answers[0].headers["x-model-version"]
            version = promote(store, toy_model(bias=1.0)).version
            wait_for(partial(is_served, wire, version), "the new version")
            connection.send(ONE[-1:])
            assert before == str(version - 1)
            assert connection.answers[1].headers["x-model-version"] == str(version)
            assert json.loads(connection.answers[1].body)["model_version"] == version


def test_without_a_model_every_prediction_gets_503(store: ModelStore, tmp_path: Path) -> None:
    for is_fast in (True, False):
        with running_wire(store, is_fast=is_fast) as wire:
            (found,) = wire.exchange(ONE)
            assert (found.status, error_of(found)) == (503, "no_model")
            assert found.headers["retry-after"] == "1"


def test_many_simultaneous_requests_are_all_answered(wire: Wire, answer: Answer) -> None:
    count = 10 * MAX_UNANSWERED
    connection = wire.connect()
    connection.send(ONE * count)
    assert connection.answers == [answer] * count
    assert not connection.transport.is_paused()


@pytest.fixture(params=[True, False], ids=["fast", "asgi"])
def slow_wire(
    request: pytest.FixtureRequest, served_store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Wire]:
    """Run a predictor that considers every model too slow for its event loop."""
    monkeypatch.setattr(event_loop_budget, "MAX_LOOP_CALL_SECONDS", 0.0)
    with running_wire(served_store, is_fast=request.param) as running:
        yield running


def test_a_slow_model_gives_the_same_replies_in_the_same_order(
    slow_wire: Wire, answer: Answer
) -> None:
    connection = slow_wire.connect()
    connection.send(ONE + WRONG + ONE + LIVE + ONE + WRONG + LIVE)
    wait_for(lambda: len(connection.whole_answers) == 7, "all answers")
    assert statuses(connection.answers) == [200, 422, 200, 200, 200, 422, 200]
    assert [connection.answers[index] for index in (0, 2, 4)] == [answer] * 3


def test_reading_pauses_while_a_slow_model_has_many_requests(
    slow_wire: Wire, answer: Answer
) -> None:
    count = 2 * MAX_UNANSWERED
    connection = slow_wire.connect()
    slow_wire.portal.call(connection.protocol.data_received, ONE * count)
    wait_for(lambda: len(connection.whole_answers) == count, "all answers")
    assert connection.answers == [answer] * count
    assert not connection.transport.is_paused()


def test_later_requests_do_not_overtake_those_to_a_slow_model(
    slow_wire: Wire, answer: Answer
) -> None:
    refused = slow_wire.connect()
    slow_wire.portal.call(refused.protocol.data_received, ONE + LIVE[:-2] + b"\x00\r\n\r\n")
    wait_for(refused.transport.has_ended, "the end")
    assert refused.answers[0].body == answer.body
    assert statuses(refused.answers) == [200, 400]
    stopped = slow_wire.connect()
    stopped.send_and_stop(ONE + LIVE)
    wait_for(stopped.transport.has_ended, "the end")
    assert statuses(stopped.answers) == [200, 200]
    assert stopped.answers[1].headers["connection"] == "close"


@pytest.mark.parametrize("rest", [ONE[:20], ONE[:-3], request(BODY, expect="100-continue")[:-3]])
@pytest.mark.parametrize("asked", [ONE, ONE + LIVE, LIVE + ONE])
def test_a_client_that_closes_within_a_request_gets_the_replies_before_it(
    slow_wire: Wire, asked: bytes, rest: bytes
) -> None:
    connection = slow_wire.connect()
    slow_wire.portal.call(connection.protocol.data_received, asked + rest)
    connection.half_close()
    wait_for(connection.transport.has_ended, "the end")
    assert statuses(connection.answers) == [200] * asked.count(b"host") + [400]


def test_an_unfinished_body_does_not_lose_the_replies_before_it(slow_wire: Wire) -> None:
    connection = slow_wire.connect()
    unusual = request(BODY, expect="100-continue")
    slow_wire.portal.call(connection.protocol.data_received, ONE + LIVE + ONE + unusual[:-3])
    wait_for(lambda: len(connection.whole_answers) == 3, "the answers")
    slow_wire.pass_seconds(timeouts_and_sizes.BODY_SECONDS + 1)
    assert statuses(connection.answers) == [200, 200, 200, 408]


def test_many_rows_in_a_small_body_do_not_delay_plain_requests(wire: Wire, answer: Answer) -> None:
    many = request(b'{"instances": [' + b"[1,2]," * 300 + b"[1]]}")
    wire.seen.clear()
    assert statuses(wire.exchange(many, many + ONE)) == [422, 422, 200]
    assert statuses(wire.exchange(ONE + many + ONE)) == [200, 422, 200]
    assert statuses(wire.exchange(many[:900], many[900:], ONE)) == [422, 200]
    assert wire.seen.count("POST /predict") >= 4
    assert wire.exchange(ONE) == [answer]
