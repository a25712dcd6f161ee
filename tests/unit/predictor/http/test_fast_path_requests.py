"""Only plain requests are answered without the application, and only equal bytes are known."""

import pytest

from predictor.http.fast_path_requests import PlainHeads, find_plain_body_length
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES

HEAD = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n"
LENGTH = (b"Content-Length", b"3")


@pytest.mark.parametrize(
    "headers",
    [
        [LENGTH],
        [(b"Host", b"x"), LENGTH, (b"content-type", b"text/plain")],
        [LENGTH, (b"Connection", b"Keep-Alive")],
        [(b"content-length", b"%d" % MAX_LOOP_BODY_BYTES)],
    ],
)
def test_a_request_with_nothing_unusual_is_plain(headers: list[tuple[bytes, bytes]]) -> None:
    found = find_plain_body_length(b"POST", b"/predict", "1.1", headers)
    assert found == int({name.lower(): value for name, value in headers}[b"content-length"])


@pytest.mark.parametrize(
    ("method", "target", "version", "headers"),
    [
        (b"GET", b"/predict", "1.1", [LENGTH]),
        (b"POST", b"/predict?", "1.1", [LENGTH]),
        (b"POST", b"/predict/", "1.1", [LENGTH]),
        (b"POST", b"http://x/predict", "1.1", [LENGTH]),
        (b"POST", b"/predict", "1.0", [LENGTH]),
        (b"POST", b"/predict", "1.1", []),
        (b"POST", b"/predict", "1.1", [(b"content-length", b"0")]),
        (b"POST", b"/predict", "1.1", [(b"content-length", b"%d" % (MAX_LOOP_BODY_BYTES + 1))]),
        (b"POST", b"/predict", "1.1", [LENGTH, (b"Transfer-Encoding", b"chunked")]),
        (b"POST", b"/predict", "1.1", [LENGTH, (b"CONTENT-ENCODING", b"gzip")]),
        (b"POST", b"/predict", "1.1", [LENGTH, (b"expect", b"100-continue")]),
        (b"POST", b"/predict", "1.1", [LENGTH, (b"connection", b"close")]),
        (b"POST", b"/predict", "1.1", [LENGTH, (b"connection", b"keep-alive, upgrade")]),
        (b"POST", b"/predict", "1.1", [LENGTH, (b"Proxy-Connection", b"close")]),
        (b"POST", b"/predict", "1.1", [LENGTH, (b"upgrade", b"h2c")]),
    ],
)
def test_other_requests_are_left_to_the_application(
    method: bytes, target: bytes, version: str, headers: list[tuple[bytes, bytes]]
) -> None:
    assert find_plain_body_length(method, target, version, headers) is None


def test_a_known_head_splits_off_its_body() -> None:
    heads = PlainHeads()
    assert heads.split(HEAD + b"abc") == (None, HEAD + b"abc")
    heads.add(HEAD, 3)
    assert heads.split(HEAD + b"abcPOST") == (b"abc", b"POST")
    for other in (
        HEAD + b"ab",
        HEAD[1:] + b"abc",
        HEAD.replace(b"3", b"4") + b"abcd",
        b"",
        b"\r\n",
    ):
        assert heads.split(other) == (None, other)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\r\n\r\n",
        b"\r\n" + HEAD,
        HEAD[:-2],
        HEAD + b"abc",
        b"POST /predict HTTP/1.1\r\nx: y\n\nhost: x\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nx: %b\r\n\r\n" % (b"y" * 4096),
    ],
)
def test_bytes_that_are_not_exactly_a_head_are_not_remembered(head: bytes) -> None:
    heads = PlainHeads()
    heads.add(head, 3)
    assert heads.split(head + b"abc") == (None, head + b"abc")


def test_the_number_of_remembered_heads_is_limited() -> None:
    heads = PlainHeads()
    for number in range(5000):
        heads.add(HEAD.replace(b"host: x", b"host: %d" % number), 3)
    assert len(heads._known) <= 1024
    heads.add(HEAD, 3)
    assert heads.split(HEAD + b"abc")[0] == b"abc"
