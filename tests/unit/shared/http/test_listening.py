"""A service listens, or says in one sentence why it cannot and which setting to change."""

import socket

import pytest

from shared.errors import PortTakenError
from shared.http.listening import (
    client_url,
    describe_listener,
    listener_url,
    open_listener,
    published_url,
)


def test_a_free_port_is_taken_and_its_url_known() -> None:
    with open_listener("127.0.0.1", 0, "GATEKEEPER_") as listener:
        port = listener.getsockname()[1]
        assert listener_url(listener) == f"http://127.0.0.1:{port}"
        with socket.create_connection(("127.0.0.1", port), timeout=60):
            pass


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            PortTakenError, match=f"127.0.0.1 port {port}: .*in use.*GATEKEEPER_PORT"
        ):
            open_listener("127.0.0.1", port, "GATEKEEPER_")


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_named(host: str) -> None:
    with pytest.raises(PortTakenError, match=f"{host} port 0: .*PREDICTOR_HOST"):
        open_listener(host, 0, "PREDICTOR_")


def test_the_url_of_an_ipv6_listener_has_brackets() -> None:
    with open_listener("::", 0, "PREDICTOR_") as listener:
        assert listener_url(listener) == f"http://[::1]:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8001"),  # noqa: S104 - nothing is bound to it
        ("::", "http://[::1]:8001"),
        ("::1", "http://[::1]:8001"),
        ("localhost", "http://localhost:8001"),
    ],
)
def test_the_url_is_one_that_a_client_can_use(host: str, url: str) -> None:
    assert client_url(host, 8001) == url


@pytest.mark.parametrize(
    ("published", "url"),
    [
        (None, "http://127.0.0.1:8000"),
        ("127.0.0.1:19200", "http://127.0.0.1:19200"),
        ("0.0.0.0:19200", "http://127.0.0.1:19200"),
        ("[::1]:19200", "http://[::1]:19200"),
        ("127.0.0.1:8010-8012", "http://127.0.0.1:8010"),
        ("https://models.example.com/", "https://models.example.com"),
    ],
)
def test_messages_show_the_address_that_is_published(published: str | None, url: str) -> None:
    assert published_url(published, "http://127.0.0.1:8000") == url


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:{}"),
        ("0.0.0.0", "http://0.0.0.0:{} (all addresses; on this machine http://127.0.0.1:{})"),  # noqa: S104 - it is closed at once
        ("::", "http://[::]:{} (all addresses; on this machine http://[::1]:{})"),
    ],
)
def test_a_log_shows_the_address_that_a_service_listens_on(host: str, shown: str) -> None:
    with open_listener(host, 0, "GATEKEEPER_") as listener:
        port = listener.getsockname()[1]
        assert describe_listener(listener, None) == shown.replace("{}", str(port))
        assert describe_listener(listener, "models.example.com:443") == (
            "http://models.example.com:443"
        )
