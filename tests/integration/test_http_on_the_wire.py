"""HTTP/1.1 in full, with the fast path and without: what a client sends is what it is answered."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from predictor import loop_budget
from predictor.fast_protocol import MOST_UNANSWERED
from shared import http_limits
from shared.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store import ModelStore, open_for_writing
from tests.builders import promote, toy_model
from tests.waiting import wait_for
from tests.wire import Answer, Wire, chunked, request, running_wire, single_bytes

BODY = b'{"features": [1, 2]}'
ONE = request(BODY)
LIVE = request(b"", "GET", "/livez")
WRONG = request(b'{"features": [1]}')


@pytest.fixture(scope="module")
def served_store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    store = open_for_writing(
        tmp_path_factory.mktemp("wire") / "store", CANDIDATES, MODELS, DECISIONS, SERVING
    )
    promote(store, toy_model())
    return store


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "asgi"])
def wire(request: pytest.FixtureRequest, served_store: ModelStore) -> Iterator[Wire]:
    with running_wire(served_store, is_fast=request.param) as running:
        yield running


@pytest.fixture
def answer(wire: Wire) -> Answer:
    """The answer to ONE."""
    (found,) = wire.exchange(ONE)
    assert found.status == 200
    assert found.headers == {
        "content-type": "application/json",
        "x-model-version": "1",
        "content-length": str(len(found.body)),
    }
    return found


def statuses(answers: list[Answer]) -> list[int]:
    return [found.status for found in answers]


def test_a_request_may_come_byte_by_byte(wire: Wire, answer: Answer) -> None:
    assert wire.exchange(*single_bytes(ONE + ONE)) == [answer, answer]


def test_a_request_may_be_cut_in_two_anywhere(wire: Wire, answer: Answer) -> None:
    connection = wire.connect()
    for cut in range(1, len(ONE)):
        connection.send(ONE[:cut], ONE[cut:])
    assert connection.answers == [answer] * (len(ONE) - 1)


def test_requests_sent_at_once_are_answered_in_their_order(wire: Wire, answer: Answer) -> None:
    unlike = (ONE, WRONG, LIVE, ONE, ONE, request(b"", "GET", "/predict"), LIVE, WRONG, ONE)
    answers = wire.exchange(b"".join(unlike))
    assert statuses(answers) == [200, 422, 200, 200, 200, 405, 200, 422, 200]
    assert [answers[index] for index in (0, 3, 4, 8)] == [answer] * 4
    assert answers[2].body == b'{"status":"live"}'


def test_a_chunked_body_is_a_body(wire: Wire, answer: Answer) -> None:
    sent = request(chunked(BODY[:5], BODY[5:]), content_length="", transfer_encoding="chunked")
    assert wire.exchange(sent) == [answer]
    assert wire.exchange(*single_bytes(sent + ONE)) == [answer, answer]


@pytest.mark.parametrize("trailer", [b"x-checksum: 1\r\n", b"content-encoding: gzip\r\n"])
def test_a_trailer_is_no_header(wire: Wire, answer: Answer, trailer: bytes) -> None:
    body = chunked(BODY, trailer=trailer)
    sent = request(body, content_length="", transfer_encoding="chunked")
    assert wire.exchange(sent, ONE) == [answer, answer]
    assert wire.exchange(*single_bytes(sent)) == [answer]


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(wire: Wire, answer: Answer) -> None:
    sent = request(BODY, expect="100-continue")
    head = sent[: -len(BODY)]
    connection = wire.connect()
    connection.send(head)
    assert bytes(connection.transport.written) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.send(BODY)
    assert connection.answers == [answer]


@pytest.mark.parametrize(
    "header",
    [
        {"connection": "close"},
        {"connection": "Close"},
        {"connection": "keep-alive, close"},
        {"proxy_connection": "close"},
    ],
)
def test_a_client_that_asks_for_the_end_gets_it_with_the_answer(
    wire: Wire, answer: Answer, header: dict[str, str]
) -> None:
    connection = wire.connect()
    connection.send(ONE + request(BODY, **header))
    first, last = connection.answers
    assert first == answer
    assert (last.headers["connection"], last.body) == ("close", answer.body)
    assert connection.transport.has_ended()


def test_a_client_of_http_1_0_is_answered_and_the_connection_ends(
    wire: Wire, answer: Answer
) -> None:
    connection = wire.connect()
    connection.send(request(BODY, version="1.0"))
    (found,) = connection.answers
    assert (found.headers["connection"], found.body) == ("close", answer.body)
    assert connection.transport.has_ended()


@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_an_upgrade_is_declined_by_answering(wire: Wire, answer: Answer, piece: int) -> None:
    wish = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2_settings": "AAMA"}
    chunks = chunked(BODY[:5], BODY[5:])
    stream = b"".join(
        [
            request(b"", "GET", "/livez", **wish),
            request(BODY, **wish),
            request(chunks, **wish, content_length="", transfer_encoding="chunked"),
            ONE,
        ]
    )
    pieces = [stream[start : start + piece] for start in range(0, len(stream), piece)]
    answers = wire.exchange(*pieces)
    assert statuses(answers[:1]) == [200]
    assert answers[1:] == [answer] * 3


def test_an_upgrade_does_not_keep_a_connection_that_was_to_end(wire: Wire) -> None:
    connection = wire.connect()
    connection.send(request(b"", "GET", "/livez", connection="upgrade, close", upgrade="h2c"))
    (found,) = connection.answers
    assert (found.status, found.headers["connection"]) == (200, "close")
    assert connection.transport.has_ended()


def test_any_number_of_upgrades_may_come_at_once(wire: Wire) -> None:
    count = 1200
    wish = request(b"", "GET", "/livez", connection="upgrade", upgrade="h2c")
    assert statuses(wire.exchange(wish * count)) == [200] * count


@pytest.mark.parametrize("target", ["example.org:443", "/predict", "/livez", "http://x/", "*"])
def test_a_tunnel_is_refused(wire: Wire, target: str) -> None:
    connection = wire.connect()
    connection.send(f"CONNECT {target} HTTP/1.1\r\nhost: example.org\r\n\r\n\x16".encode())
    assert statuses(connection.answers) == [400]
    assert connection.transport.has_ended()


def test_a_client_that_has_said_all_still_gets_its_answers(wire: Wire, answer: Answer) -> None:
    connection = wire.connect()
    connection.send(ONE + LIVE, settle=False)
    connection.half_close()
    assert statuses(connection.answers) == [200, 200]
    assert connection.transport.has_ended()
    idle = wire.connect()
    idle.send(ONE)
    idle.half_close()
    assert idle.answers == [answer]
    assert idle.transport.has_ended()


@pytest.mark.parametrize("part", [ONE[:20], ONE[:-3], ONE, ONE + LIVE])
def test_a_client_that_vanishes_harms_nobody(wire: Wire, answer: Answer, part: bytes) -> None:
    gone = wire.connect()
    gone.send(part, settle=False)
    gone.vanish()
    gone.half_close()
    assert wire.exchange(ONE) == [answer]
    assert gone.protocol not in wire.server.connections


def test_a_client_that_does_not_take_its_answers_is_not_read_from(wire: Wire) -> None:
    connection = wire.connect()
    connection.send(ONE)
    connection.call("pause_writing")
    assert connection.transport.is_paused()
    connection.call("resume_writing")
    assert not connection.transport.is_paused()
    connection.call("pause_writing")
    wire.pass_seconds(http_limits.IDLE_SECONDS + 1)
    assert connection.transport.has_ended()


@pytest.mark.parametrize("header", ["keep-alive", "close"])
def test_a_large_answer_may_be_taken_slowly_but_not_never(wire: Wire, header: str) -> None:
    connection = wire.connect()
    connection.send(request(BODY, connection=header))
    connection.call("pause_writing")
    for unsent in range(10, 0, -1):
        connection.transport.unsent = unsent << 20
        wire.pass_seconds(http_limits.IDLE_SECONDS)
        assert not connection.transport.is_aborted
    wire.pass_seconds(2)
    assert connection.transport.is_aborted


def test_a_request_is_not_late_while_its_connection_is_not_read(wire: Wire) -> None:
    connection = wire.connect()
    connection.send(ONE[:20])
    wire.portal.call(connection.protocol.flow.pause_reading)
    wire.pass_seconds(http_limits.IDLE_SECONDS)
    wire.portal.call(connection.protocol.flow.resume_reading)
    wire.pass_seconds(http_limits.HEAD_SECONDS)
    assert connection.answers == []
    wire.pass_seconds(1)
    assert statuses(connection.answers) == [408]


# Ends


def test_a_stopping_server_answers_what_it_was_asked(wire: Wire, answer: Answer) -> None:
    connections = [wire.connect() for _ in range(3)]
    parts = (ONE + ONE, LIVE, ONE[:-3])
    for connection, part in zip(connections, parts, strict=True):
        connection.send_and_stop(part)
    connections[2].send(ONE[-3:])
    for connection, count in zip(connections, (2, 1, 1), strict=True):
        wait_for(connection.transport.has_ended, "the end")
        assert len(connection.answers) == count
        assert connection.answers[-1].headers["connection"] == "close"
        assert connection.answers[-1].status == 200


def test_a_stopping_server_takes_a_request_that_is_on_its_way(wire: Wire, answer: Answer) -> None:
    late, idle = wire.connect(), wire.connect()
    for connection in (late, idle):
        connection.send(ONE)
        wire.portal.call(connection.protocol.shutdown)
        assert not connection.transport.has_ended()
    late.send(ONE)
    assert late.transport.has_ended()
    assert late.answers[1].headers["connection"] == "close"
    wait_for(idle.transport.has_ended, "the idle connection to be closed")


# Limits

LONG = "x" * http_limits.HEAD_BYTES


def error_of(found: Answer) -> str:
    error = json.loads(found.body)["error"]
    assert error.keys() == {"code", "message", "field"}
    code: str = error["code"]
    return code


@pytest.mark.parametrize(
    "head",
    [
        request(b"", "GET", "/livez", x=LONG),
        request(b"", "GET", f"/{LONG}"),
        request(b"", "GET", "/livez", **{f"x{number}": "y" * 100 for number in range(200)}),
        request(BODY, x=LONG),
    ],
    ids=["a header", "the target", "many headers", "on /predict"],
)
@pytest.mark.parametrize("piece", [1 << 20, 1000])
def test_headers_without_end_are_refused_with_the_reason(
    wire: Wire, head: bytes, piece: int
) -> None:
    connection = wire.connect()
    connection.send(*[head[start : start + piece] for start in range(0, len(head), piece)])
    (found,) = connection.answers
    assert (found.status, error_of(found)) == (431, "headers_too_large")
    assert found.headers["connection"] == "close"
    assert connection.transport.has_ended()


@pytest.mark.parametrize("ending", [b"", b"\r\nx: 1"])
def test_what_never_becomes_a_header_is_bounded_too(wire: Wire, ending: bytes) -> None:
    connection = wire.connect()
    connection.send(b"GET /livez HTTP/1.1\r\nhost: test\r\nx: 1" + ending)
    sent = 0
    while not connection.transport.has_ended():
        connection.send(b"y" * 1000)
        sent += 1000
        assert sent < 2 * http_limits.HEAD_BYTES
    assert statuses(connection.answers) == [431]


def test_what_stands_around_chunks_is_bounded_too(wire: Wire) -> None:
    for start in (b"5;", chunked(BODY)[:-2] + b"x: "):
        connection = wire.connect()
        connection.send(request(start, content_length="", transfer_encoding="chunked"))
        for _ in range(2 * http_limits.HEAD_BYTES // 1000):
            connection.send(b"y" * 1000)
        assert statuses(connection.answers) == [431]


def test_headers_just_short_enough_are_read(wire: Wire, answer: Answer) -> None:
    padding = "y" * (http_limits.HEAD_BYTES - 200)
    assert wire.exchange(request(BODY, x=padding), ONE) == [answer, answer]
    many_chunks = chunked(*[b" "] * http_limits.HEAD_BYTES, BODY)
    sent = request(many_chunks, content_length="", transfer_encoding="chunked")
    assert wire.exchange(sent) == [answer]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"HELO\r\n\r\n",
        b"POST /predict HTTP/9.9\r\n\r\n",
        b"POST /predict HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        b"POST /predict HTTP/1.1\r\ncontent-length: 20\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST /predict HTTP/1.1\r\n: x\r\n\r\n",
        b"POST /predict HTTP/1.1\nhost: x\n\n",
    ],
)
def test_what_is_no_http_is_refused_behind_the_answers_before_it(
    wire: Wire, answer: Answer, rubbish: bytes
) -> None:
    connection = wire.connect()
    connection.send(rubbish)
    (refused,) = connection.answers
    assert (refused.status, error_of(refused)) == (400, "invalid_http")
    assert connection.transport.has_ended()
    assert wire.exchange(ONE, rubbish) == [answer, refused]
    together = wire.connect()
    together.send(ONE + LIVE + ONE + rubbish)
    assert statuses(together.answers) == [200, 200, 200, 400]
    assert together.answers[2:] == [answer, refused]


def test_a_bad_chunk_is_refused(wire: Wire) -> None:
    connection = wire.connect()
    connection.send(request(b"zz\r\n", content_length="", transfer_encoding="chunked"))
    (refused,) = connection.answers
    assert (refused.status, error_of(refused)) == (400, "invalid_http")


@pytest.mark.parametrize(
    ("part", "seconds"),
    [
        (b"P", http_limits.HEAD_SECONDS),
        (ONE[:40], http_limits.HEAD_SECONDS),
        (ONE[:-3], http_limits.BODY_SECONDS),
        (request(BODY, expect="100-continue")[:-3], http_limits.BODY_SECONDS),
    ],
)
def test_a_request_that_does_not_end_is_given_up(wire: Wire, part: bytes, seconds: int) -> None:
    connection = wire.connect()
    connection.send(ONE)
    connection.send(part)
    wire.pass_seconds(seconds)
    assert not connection.transport.has_ended()
    wire.pass_seconds(1)
    assert statuses(connection.answers) == [200, 408]
    assert connection.transport.has_ended()
    assert not connection.transport.is_closing()
    wire.pass_seconds(http_limits.LINGER_SECONDS + 1)
    assert connection.transport.is_closing()


def test_every_byte_in_time_does_not_make_a_request_endless(wire: Wire) -> None:
    connection = wire.connect()
    for byte in single_bytes(ONE)[: http_limits.HEAD_SECONDS + 1]:
        connection.send(byte)
        wire.pass_seconds(1)
    assert statuses(connection.answers) == [408]


def test_an_idle_connection_is_closed_in_silence(wire: Wire, answer: Answer) -> None:
    new, used = wire.connect(), wire.connect()
    wire.pass_seconds(http_limits.IDLE_SECONDS)
    used.send(ONE)
    assert not new.transport.has_ended()
    wire.pass_seconds(1)
    assert new.transport.is_closing()
    wire.pass_seconds(http_limits.IDLE_SECONDS - 1)
    assert not used.transport.has_ended()
    wire.pass_seconds(1)
    assert used.transport.is_closing()
    assert (new.answers, used.answers) == ([], [answer])


def test_a_connection_in_use_is_never_taken_for_idle(wire: Wire, answer: Answer) -> None:
    connection = wire.connect()
    connection.protocol.timeout_keep_alive = 0  # uvicorn's own timer, were it to run
    connection.send(ONE, LIVE)
    connection.send(ONE)
    assert statuses(connection.answers) == [200, 200, 200]
    assert not connection.transport.is_closing()


# Who answers


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


def test_a_body_is_answered_by_the_version_that_is_served_when_it_is_whole(
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


def test_without_a_model_everything_is_told_so(store: ModelStore, tmp_path: Path) -> None:
    for is_fast in (True, False):
        with running_wire(store, is_fast=is_fast) as wire:
            (found,) = wire.exchange(ONE)
            assert (found.status, error_of(found)) == (503, "no_model")
            assert found.headers["retry-after"] == "1"


def test_many_requests_at_once_are_all_answered(wire: Wire, answer: Answer) -> None:
    count = 10 * MOST_UNANSWERED
    connection = wire.connect()
    connection.send(ONE * count)
    assert connection.answers == [answer] * count
    assert not connection.transport.is_paused()


@pytest.fixture(params=[True, False], ids=["fast", "asgi"])
def slow_wire(
    request: pytest.FixtureRequest, served_store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Wire]:
    """A predictor that finds every model too slow for its event loop."""
    monkeypatch.setattr(loop_budget, "CALL_SECONDS", 0.0)
    with running_wire(served_store, is_fast=request.param) as running:
        yield running


def test_a_slow_model_answers_the_same_in_the_same_order(slow_wire: Wire, answer: Answer) -> None:
    connection = slow_wire.connect()
    connection.send(ONE + WRONG + ONE + LIVE + ONE + WRONG + LIVE)
    wait_for(lambda: len(connection.answers) == 7, "all answers")
    assert statuses(connection.answers) == [200, 422, 200, 200, 200, 422, 200]
    assert [connection.answers[index] for index in (0, 2, 4)] == [answer] * 3


def test_while_a_slow_model_computes_a_connection_is_not_read_without_end(
    slow_wire: Wire, answer: Answer
) -> None:
    count = 2 * MOST_UNANSWERED
    connection = slow_wire.connect()
    slow_wire.portal.call(connection.protocol.data_received, ONE * count)
    wait_for(lambda: len(connection.answers) == count, "all answers")
    assert connection.answers == [answer] * count
    assert not connection.transport.is_paused()


def test_what_comes_after_requests_to_a_slow_model_does_not_overtake_them(
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
def test_a_client_that_ends_within_a_request_still_gets_the_answers_before_it(
    slow_wire: Wire, asked: bytes, rest: bytes
) -> None:
    connection = slow_wire.connect()
    slow_wire.portal.call(connection.protocol.data_received, asked + rest)
    connection.half_close()
    wait_for(connection.transport.has_ended, "the end")
    assert statuses(connection.answers) == [200] * asked.count(b"host") + [400]


def test_a_body_that_does_not_end_does_not_cost_the_answers_before_it(slow_wire: Wire) -> None:
    connection = slow_wire.connect()
    unusual = request(BODY, expect="100-continue")
    slow_wire.portal.call(connection.protocol.data_received, ONE + LIVE + ONE + unusual[:-3])
    wait_for(lambda: len(connection.answers) == 3, "the answers")
    slow_wire.pass_seconds(http_limits.BODY_SECONDS + 1)
    assert statuses(connection.answers) == [200, 200, 200, 408]
