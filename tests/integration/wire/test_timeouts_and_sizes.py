"""Timeouts and limits: a refused client gets the reason, and no connection stays forever."""

import pytest

from shared.http import timeouts_and_sizes
from tests.support.http.raw_client import Answer, Wire, chunked, request, single_bytes
from tests.support.http.raw_requests import BODY, LIVE, ONE, error_of, statuses

LONG = "x" * timeouts_and_sizes.HEAD_BYTES


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
def test_endless_headers_are_refused_with_the_reason(wire: Wire, head: bytes, piece: int) -> None:
    connection = wire.connect()
    connection.send(*[head[start : start + piece] for start in range(0, len(head), piece)])
    (found,) = connection.answers
    assert (found.status, error_of(found)) == (431, "headers_too_large")
    assert found.headers["connection"] == "close"
    assert connection.transport.has_ended()


@pytest.mark.parametrize("ending", [b"", b"\r\nx: 1"])
def test_bytes_that_never_become_a_header_are_limited(wire: Wire, ending: bytes) -> None:
    connection = wire.connect()
    connection.send(b"GET /livez HTTP/1.1\r\nhost: test\r\nx: 1" + ending)
    sent = 0
    while not connection.transport.has_ended():
        connection.send(b"y" * 1000)
        sent += 1000
        assert sent < 2 * timeouts_and_sizes.HEAD_BYTES
    assert statuses(connection.answers) == [431]


@pytest.mark.parametrize("size", [20 << 10, 40 << 10])
@pytest.mark.parametrize("start", [b"GET /", b"GET /livez HTTP/1.1\r\nhost: test\r\nx: "])
def test_an_unfinished_head_is_refused_at_once_when_it_comes_in_one_read(
    wire: Wire, start: bytes, size: int
) -> None:
    connection = wire.connect()
    connection.send(start + b"y" * size)
    assert statuses(connection.answers) == [431]


@pytest.mark.parametrize("piece", [1, 1448])
def test_a_long_header_may_come_in_pieces(wire: Wire, answer: Answer, piece: int) -> None:
    head = request(BODY, x="y" * (timeouts_and_sizes.HEAD_BYTES - 200))
    connection = wire.connect()
    connection.send(*[head[at : at + piece] for at in range(0, len(head), piece)], settle=False)
    assert connection.answers == [answer]


def test_bytes_around_chunks_are_limited(wire: Wire) -> None:
    for start in (b"5;", chunked(BODY)[:-2] + b"x: "):
        connection = wire.connect()
        connection.send(request(start, content_length="", transfer_encoding="chunked"))
        for _ in range(2 * timeouts_and_sizes.HEAD_BYTES // 1000):
            connection.send(b"y" * 1000)
        assert statuses(connection.answers) == [431]


def test_headers_at_the_limit_are_read(wire: Wire, answer: Answer) -> None:
    padding = "y" * (timeouts_and_sizes.HEAD_BYTES - 200)
    assert wire.exchange(request(BODY, x=padding), ONE) == [answer, answer]
    many_chunks = chunked(*[b" "] * timeouts_and_sizes.HEAD_BYTES, BODY)
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
def test_malformed_http_is_refused_after_the_replies_before_it(
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
        (b"P", timeouts_and_sizes.HEAD_SECONDS),
        (ONE[:40], timeouts_and_sizes.HEAD_SECONDS),
        (ONE[:-3], timeouts_and_sizes.BODY_SECONDS),
        (request(BODY, expect="100-continue")[:-3], timeouts_and_sizes.BODY_SECONDS),
    ],
)
def test_an_unfinished_request_is_refused_at_its_deadline(
    wire: Wire, part: bytes, seconds: int
) -> None:
    connection = wire.connect()
    connection.send(ONE)
    connection.send(part)
    wire.pass_seconds(seconds)
    assert not connection.transport.has_ended()
    wire.pass_seconds(1)
    assert statuses(connection.answers) == [200, 408]
    assert connection.transport.has_ended()
    assert not connection.transport.is_closing()
    wire.pass_seconds(timeouts_and_sizes.LINGER_SECONDS + 1)
    assert connection.transport.is_closing()


def test_single_bytes_do_not_extend_the_deadline_of_a_request(wire: Wire) -> None:
    connection = wire.connect()
    for byte in single_bytes(ONE)[: timeouts_and_sizes.HEAD_SECONDS + 1]:
        connection.send(byte)
        wire.pass_seconds(1)
    assert statuses(connection.answers) == [408]


def test_an_idle_connection_is_closed_without_a_reply(wire: Wire, answer: Answer) -> None:
    new, used = wire.connect(), wire.connect()
    wire.pass_seconds(timeouts_and_sizes.IDLE_SECONDS)
    used.send(ONE)
    assert not new.transport.has_ended()
    wire.pass_seconds(1)
    assert new.transport.is_closing()
    wire.pass_seconds(timeouts_and_sizes.IDLE_SECONDS - 1)
    assert not used.transport.has_ended()
    wire.pass_seconds(1)
    assert used.transport.is_closing()
    assert (new.answers, used.answers) == ([], [answer])


def test_a_connection_in_use_is_not_closed_as_idle(wire: Wire, answer: Answer) -> None:
    connection = wire.connect()
    connection.protocol.timeout_keep_alive = 0  # so that uvicorn's own timer would fire, if it ran
    connection.send(ONE, LIVE)
    connection.send(ONE)
    assert statuses(connection.answers) == [200, 200, 200]
    assert not connection.transport.is_closing()
