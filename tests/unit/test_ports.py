"""A group of ports is given to one process, and on each system."""

import errno
import os
import socket
import sys

import pytest

from tests.support.processes import ports
from tests.support.processes.ports import free_ports, is_listening


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names of the kernel")
def test_a_group_that_is_taken_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = free_ports(4)
    monkeypatch.setattr(ports, "_FIRST_PORTS", iter([taken, *range(20_000, 30_000, 4)]))
    monkeypatch.setattr(ports, "is_listening", lambda _port: False)

    assert free_ports(1) != taken


def test_a_port_with_a_listener_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert is_listening(server.getsockname()[1])
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        assert not is_listening(silent.getsockname()[1])


def test_systems_without_names_of_the_kernel_get_ports_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(socket.socket, "bind", refuse)

    assert 20_000 <= free_ports(4) < 30_000
