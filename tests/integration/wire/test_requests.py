"""Every form of an HTTP/1.1 request gets a reply."""

import pytest

from shared.http import timeouts_and_sizes
from shared.http.allowed_hosts import ALLOWED_HOSTS, AllowedHosts
from tests.support.http.raw_client import Answer, Wire, chunked, request, single_bytes
from tests.support.http.raw_requests import BODY, LIVE, ONE, WRONG, error_of, statuses


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


def test_a_chunked_body_is_read(wire: Wire, answer: Answer) -> None:
    sent = request(chunked(BODY[:5], BODY[5:]), content_length="", transfer_encoding="chunked")
    assert wire.exchange(sent) == [answer]
    assert wire.exchange(*single_bytes(sent + ONE)) == [answer, answer]


@pytest.mark.parametrize("trailer", [b"x-checksum: 1\r\n", b"content-encoding: gzip\r\n"])
def test_a_trailer_is_not_a_header(wire: Wire, answer: Answer, trailer: bytes) -> None:
    body = chunked(BODY, trailer=trailer)
    sent = request(body, content_length="", transfer_encoding="chunked")
    assert wire.exchange(sent, ONE) == [answer, answer]
    assert wire.exchange(*single_bytes(sent)) == [answer]


def test_a_client_that_expects_100_continue_gets_it(wire: Wire, answer: Answer) -> None:
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
def test_connection_close_closes_the_connection_after_the_reply(
    wire: Wire, answer: Answer, header: dict[str, str]
) -> None:
    connection = wire.connect()
    connection.send(ONE + request(BODY, **header))
    first, last = connection.answers
    assert first == answer
    assert (last.headers["connection"], last.body) == ("close", answer.body)
    assert connection.transport.has_ended()


def test_an_http_1_0_request_is_answered_and_the_connection_closes(
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


def test_an_upgrade_with_connection_close_still_closes_the_connection(wire: Wire) -> None:
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
def test_connect_is_refused(wire: Wire, target: str) -> None:
    connection = wire.connect()
    connection.send(f"CONNECT {target} HTTP/1.1\r\nhost: test\r\n\r\n\x16".encode())
    assert statuses(connection.answers) == [400]
    assert connection.transport.has_ended()


def test_a_client_that_half_closes_still_gets_its_replies(wire: Wire, answer: Answer) -> None:
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
def test_a_client_that_disconnects_affects_no_other_client(
    wire: Wire, answer: Answer, part: bytes
) -> None:
    gone = wire.connect()
    gone.send(part, settle=False)
    gone.vanish()
    gone.half_close()
    assert wire.exchange(ONE) == [answer]
    assert gone.protocol not in wire.server.connections


def test_reading_pauses_for_a_client_that_does_not_read_its_replies(wire: Wire) -> None:
    connection = wire.connect()
    connection.send(ONE)
    connection.call("pause_writing")
    assert connection.transport.is_paused()
    connection.call("resume_writing")
    assert not connection.transport.is_paused()
    connection.call("pause_writing")
    wire.pass_seconds(timeouts_and_sizes.IDLE_SECONDS + 1)
    assert connection.transport.has_ended()


@pytest.mark.parametrize("header", ["keep-alive", "close"])
def test_a_client_may_read_a_large_reply_slowly_but_must_progress(wire: Wire, header: str) -> None:
    connection = wire.connect()
    connection.send(request(BODY, connection=header))
    connection.call("pause_writing")
    for unsent in range(10, 0, -1):
        connection.transport.unsent = unsent << 20
        wire.pass_seconds(timeouts_and_sizes.IDLE_SECONDS)
        assert not connection.transport.is_aborted
    wire.pass_seconds(2)
    assert connection.transport.is_aborted


def test_a_request_has_no_deadline_while_its_connection_is_paused(wire: Wire) -> None:
    connection = wire.connect()
    connection.send(ONE[:20])
    wire.portal.call(connection.protocol.flow.pause_reading)
    wire.pass_seconds(timeouts_and_sizes.IDLE_SECONDS)
    wire.portal.call(connection.protocol.flow.resume_reading)
    wire.pass_seconds(timeouts_and_sizes.HEAD_SECONDS)
    assert connection.answers == []
    wire.pass_seconds(1)
    assert statuses(connection.answers) == [408]


def test_a_plain_health_check_needs_no_host(wire: Wire) -> None:
    connection = wire.connect()
    connection.send(b"GET /livez HTTP/1.0\r\n\r\n")  # as of HAProxy
    assert [found.body for found in connection.answers] == [b'{"status":"live"}']
    assert connection.transport.is_closing()


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        ("", b"GET /livez HTTP/1.1\r\n\r\n"),
        ("", b"GET /livez HTTP/1.0\r\nhost: test\r\nhost: test\r\n\r\n"),
        ("models.example.com", b"GET /livez HTTP/1.0\r\n\r\n"),
    ],
    ids=["HTTP/1.1", "two hosts", "with ALLOWED_HOSTS"],
)
def test_every_other_request_needs_one_host(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, names: str, sent: bytes
) -> None:
    monkeypatch.setitem(wire.state, ALLOWED_HOSTS, AllowedHosts(names))
    (found,) = wire.exchange(sent)
    assert (found.status, error_of(found)) == (400, "invalid_host")


def test_head_is_answered_as_get_without_a_body(wire: Wire) -> None:
    for path, status in (("/livez", 200), ("/readyz", 200), ("/v2/health/ready", 200), ("/", 307)):
        connection = wire.connect()
        connection.send(request(b"", "HEAD", path))
        head = bytes(connection.transport.written)
        connection.send(request(b"", "HEAD", path))
        assert bytes(connection.transport.written) == head * 2
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert head.index(b"\r\n\r\n") == len(head) - 4
        (shown,) = wire.exchange(request(b"", "GET", path))
        assert b"\r\ncontent-length: %d\r\n" % len(shown.body) in head
