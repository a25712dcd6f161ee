"""The socket that a service listens on, and the URL at which clients find it."""

import socket

from shared.errors import PortTakenError

PUBLISHED = r"^(https?://\S+|\S+:\d+(-\d+)?)$"
"""Form of an address that is published: a URL, or an address with a port or a range of ports."""
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound to it here


def open_listener(
    host: str, port: int, prefix: str, *, backlog: int | None = None
) -> socket.socket:
    """Open a listening socket; connections wait in it until a server accepts them.

    Args:
        host: An IPv4 or IPv6 address, or a name.
        port: The port; 0 for any free one.
        prefix: The prefix of the service's settings, such as `GATEKEEPER_`, for the error.
        backlog: The most connections that wait; by default as many as the system allows.

    Raises:
        PortTakenError: The address is in use, or is not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=backlog)
    except OSError as error:
        raise PortTakenError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}. "
            f"Stop the program that uses this port, or change {prefix}PORT or {prefix}HOST."
        ) from error


def listener_url(listener: socket.socket, *, has_tls: bool = False) -> str:
    """Return the URL of *listener* for a client on this machine."""
    host, port = listener.getsockname()[:2]
    return client_url(host, port, has_tls=has_tls)


def published_url(published: str | None, url: str) -> str:
    """Return the URL for messages: *published*, or *url* if nothing is published.

    Args:
        published: A URL, or an address with a port. Of a range of ports the first one is shown.
        url: The URL at which the service listens.
    """
    if not published:
        return url
    if "://" in published:
        return published.rstrip("/")
    host, _, ports = published.rpartition(":")
    has_tls = url.startswith("https:")
    return client_url(host.strip("[]"), int(ports.partition("-")[0]), has_tls=has_tls)


def describe_listener(
    listener: socket.socket, published: str | None, *, has_tls: bool = False
) -> str:
    """Return where *listener* listens, for a log: the published URL, or its own.

    For a wildcard address, the URL for clients on this machine follows.
    """
    url = listener_url(listener, has_tls=has_tls)
    if published:
        return published_url(published, url)
    host, port = listener.getsockname()[:2]
    if host not in _WILDCARDS:
        return url
    return f"{_url(host, port, has_tls=has_tls)} (all addresses; on this machine {url})"


def client_url(host: str, port: int, *, has_tls: bool = False) -> str:
    """Return the URL of *host* and *port* for a client on the same machine.

    The wildcard addresses `0.0.0.0` and `::` become loopback addresses.
    """
    return _url(_WILDCARDS.get(host, host), port, has_tls=has_tls)


def _url(host: str, port: int, *, has_tls: bool) -> str:
    scheme = "https" if has_tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
