"""A network of virtual machines in a namespace of its own, without a way out."""

import ctypes
import os
import secrets
import socket
import subprocess
import threading
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_TIMEOUT_SECONDS = 5.0


class Network:
    """A bridge with one cable for each host, in a namespace."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self.name = f"modelgate-{secrets.token_hex(3)}"
        _run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "add", "br0", "type", "bridge")
        self.run("ip", "link", "set", "br0", "up")
        self.run("ip", "addr", "add", "10.77.0.1/24", "dev", "br0")
        for host in hosts:
            self.run("ip", "tuntap", "add", cable(host), "mode", "tap")
            self.run("ip", "link", "set", cable(host), "master", "br0", "up")

    def run(self, *command: str) -> None:
        """Run a command in the namespace."""
        _run("ip", "netns", "exec", self.name, *command)

    def set_cable(self, host: str, state: str) -> None:
        """Plug the cable of a host in (`up`) or out (`down`)."""
        self.run("ip", "link", "set", cable(host), state)

    def connect(self, address: str, port: int) -> socket.socket:
        """Connect to a host from within the namespace."""
        found: list[socket.socket | OSError] = []

        def enter() -> None:  # a namespace is a property of the thread
            with (Path("/run/netns") / self.name).open() as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
                    found.append(OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno())))
                    return
            try:
                found.append(socket.create_connection((address, port), _TIMEOUT_SECONDS))
            except OSError as error:
                found.append(error)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if isinstance(found[0], OSError):
            raise found[0]
        return found[0]

    def close(self) -> None:
        """Remove the namespace with its network."""
        _run("ip", "netns", "del", self.name)


def cable(host: str) -> str:
    """Return the name of a host's cable."""
    return f"tap-{host}"


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
