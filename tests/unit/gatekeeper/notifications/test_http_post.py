"""One attempt against receivers that fail in every way."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gatekeeper.notifications.http_post import MAX_ANSWER_BYTES, post
from tests.support.certificates import make_pair
from tests.support.http.fake_server import FakeService, fake_server
from tests.support.http.webhook_receiver import webhook_receiver
from tests.support.processes.wait_until import PATIENCE_SECONDS


def test_a_redirect_is_not_followed() -> None:
    with webhook_receiver() as other:
        answer_with = (307, {"location": other.url})
        with webhook_receiver(lambda _received: answer_with) as found:
            answer = post(found.url, {}, b"{}")
    assert answer.problem == "it answered 307 Temporary Redirect: redirects are not followed"
    assert len(found.requests) == 1
    assert other.requests == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("99999999999", 3600.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", 0.0)],
)
def test_retry_after_is_read_within_bounds(value: str, seconds: float) -> None:
    with webhook_receiver(lambda _received: (429, {"retry-after": value})) as found:
        answer = post(found.url, {}, b"{}")
    assert (answer.status, answer.retry_after) == (429, seconds)


def test_a_far_date_of_retry_after_is_an_hour() -> None:
    value = "Fri, 31 Dec 9999 23:59:59 GMT"
    with webhook_receiver(lambda _received: (503, {"retry-after": value})) as found:
        assert post(found.url, {}, b"{}").retry_after == 3600.0


def test_a_long_answer_is_cut_and_its_echo_of_the_address_is_hidden() -> None:
    class Echo(FakeService):
        def answer(self) -> None:
            self.reply(404, f"Cannot POST {self.path} ".encode() * 100_000)

    with fake_server(Echo) as port:
        answer = post(f"http://127.0.0.1:{port}/hooks/secret-path?key=1", {}, b"{}")
    assert answer.body.startswith("Cannot POST …")
    assert "secret-path" not in f"{answer}"
    assert len(answer.body) < MAX_ANSWER_BYTES


@contextmanager
def raw_server(behave: str) -> Iterator[str]:
    """Accept one connection, and be slow or wrong in one way until the block ends."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    if behave == "garbage":
                        connection.sendall(b"\x00\x01 no HTTP\r\n\r\n")
                    if behave == "drip":
                        connection.sendall(b"HTTP/1.1 200 OK\r\n")
                        while not ended.wait(0.02):
                            connection.sendall(b"x: y\r\n")
                    if behave == "silent":
                        ended.wait(60)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/secret-path"
        finally:
            ended.set()
            thread.join()


@pytest.mark.parametrize(
    ("behave", "seconds", "problem"),
    [
        ("silent", 0.3, "no answer within 0 s"),
        ("drip", 0.3, "no answer within 0 s"),
        ("garbage", PATIENCE_SECONDS, "no answer: "),
        ("close", PATIENCE_SECONDS, "no answer: "),
    ],
)
def test_an_attempt_ends_in_time_and_says_why(behave: str, seconds: float, problem: str) -> None:
    with raw_server(behave) as url:
        answer = post(url, {}, b"{}", seconds)
    assert (answer.problem or "").startswith(problem)
    assert "secret-path" not in f"{answer}"


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_certificate_is_verified(
    is_trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_pair().write(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["TLS_CERT"], files["TLS_KEY"])
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(files["TLS_CERT"]))
    with webhook_receiver(context=context) as found:
        answer = post(found.url, {"webhook-id": "1"}, b"{}")
    assert (answer.problem is None) is is_trusted
    assert len(found.requests) == is_trusted
    assert is_trusted or "certificate verify failed" in (answer.problem or "")


def test_an_unused_port_and_an_unknown_host_are_failures() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        assert (post(url, {}, b"").problem or "").startswith("no answer: ")
    assert (post("https://nobody.invalid/", {}, b"").problem or "").startswith("no answer")
