"""The socket that the service listens on, and where clients find it."""

import socket

from shared.errors import PortTakenError


def open_listener(host: str, port: int) -> socket.socket:
    """A listening socket; raises PortTakenError with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise PortTakenError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}. "
            "End what uses that port, or set GATEKEEPER_PORT (or GATEKEEPER_HOST) to another."
        ) from error


def listener_url(listener: socket.socket) -> str:
    """Where a client on this machine finds it."""
    host, port = listener.getsockname()[:2]
    return client_url(host, port)


def client_url(host: str, port: int) -> str:
    """The URL for a client on the machine that listens on *host* and *port*."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound here
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
