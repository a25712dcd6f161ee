"""A port is had, or its owner is told what to do, before anything else starts."""

import socket

import pytest

from predictor.server import listen
from shared.errors import PortTakenError


def test_a_port_is_taken_from_the_first_moment_on() -> None:
    # Not only when a worker accepts: two predictors that start at once cannot both have it.
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"127.0.0.1 port {port}.*PREDICTOR_PORT"):
            listen("127.0.0.1", port)
        with socket.create_connection(("127.0.0.1", port)):
            pass  # it waits in the listener until a worker takes it


@pytest.mark.parametrize("host", ["192.0.2.1", "no host", "::ffff"])
def test_an_address_that_is_not_this_machines_is_named(host: str) -> None:
    with pytest.raises(PortTakenError, match="PREDICTOR_HOST"):
        listen(host, 0)


def test_the_port_is_free_again_at_once() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listener.accept()[0]:
            pass
    with listen("127.0.0.1", port):
        pass
