"""Ports for programs that must know their port before they start."""

import itertools
import secrets
import socket
import sys
from contextlib import suppress

_PORTS = 4
_FIRST_PORTS = itertools.cycle(secrets.SystemRandom().sample(range(20_000, 30_000, _PORTS), 2_500))
"""The first ports of groups, outside the range of outgoing connections."""


def free_ports(count: int) -> int:
    """Return the first of up to four consecutive free ports, which no other test gets.

    Several runs of pytest may share the ports of a machine. So this process also binds a name of
    the kernel for the group, and keeps it until it ends. Only Linux has such names.
    """
    assert count <= _PORTS
    while True:
        first = next(_FIRST_PORTS)
        if _take(first) and not any(is_listening(first + offset) for offset in range(count)):
            return first


def is_listening(port: int) -> bool:
    """Return whether a process accepts connections on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
        # The kernel may have given the probe this very port: then it is connected to itself.
        return bool(probe.getsockname() != probe.getpeername())


def _take(first: int) -> bool:
    """Take a group, unless another process has it."""
    if sys.platform != "linux":
        return True
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with suppress(OSError):
        name.bind(f"\0modelgate-test-ports-{first}")
        name.detach()  # it stays open until this process ends
        return True
    name.close()
    return False
