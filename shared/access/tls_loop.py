"""An event loop whose TLS servers limit connections from their first byte.

A server of asyncio reports a connection only after its handshake. Clients that never finish one
would hold all descriptors, and no limit would count them.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any

import uvloop

from shared.http.limits_protocol import LimitsProtocol
from shared.http.open_connections import OPEN_CONNECTIONS, OpenConnections
from shared.http.timeouts_and_sizes import HEAD_SECONDS, IDLE_SECONDS

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.1
"""Seconds before the next try after the system refused a connection."""


class TlsLoop(uvloop.Loop):
    """A loop for uvicorn, with its own server for TLS."""

    async def create_server(self, protocol_factory: Any, *arguments: Any, **options: Any) -> Any:
        """Make a server for a listening socket; with `ssl`, a TlsServer."""
        context = options.get("ssl")
        if context is None:
            return await super().create_server(protocol_factory, *arguments, **options)
        return TlsServer(self, options["sock"], context, protocol_factory)


class TlsServer:
    """Accepts connections of one socket until it is closed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        context: ssl.SSLContext,
        make_protocol: Callable[[], LimitsProtocol],
    ) -> None:
        listener.setblocking(False)
        self._loop = loop
        self._listener = listener
        self._context = context
        self._make_protocol = make_protocol
        self._handshakes = set[asyncio.Task[None]]()
        self._task = loop.create_task(self._accept())

    def close(self) -> None:
        """Stop accepting, and end the handshakes."""
        self._task.cancel()
        for handshake in self._handshakes:
            handshake.cancel()

    async def wait_closed(self) -> None:
        """Wait until nothing is accepted any more."""
        await asyncio.wait([self._task, *self._handshakes])

    async def _accept(self) -> None:
        while True:
            try:
                connection, _ = await self._loop.sock_accept(self._listener)
                self._begin(connection)
            except Exception as error:  # noqa: BLE001 - too many open files, or no memory
                logger.warning("A connection could not be accepted: %r", error)
                await asyncio.sleep(_PAUSE_SECONDS)

    def _begin(self, connection: socket.socket) -> None:
        handshake = _Handshake(self._make_protocol())
        task = self._loop.create_task(handshake.run(self._loop, connection, self._context))
        handshake.begin(task)
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)


class _Handshake:
    """A connection before its protocol knows it: counted, and dropped to make room."""

    def __init__(self, protocol: LimitsProtocol) -> None:
        self._protocol = protocol
        self._connections: OpenConnections = protocol.app_state[OPEN_CONNECTIONS]
        self._since = 0.0
        self._task: asyncio.Task[None] | None = None

    def begin(self, task: asyncio.Task[None]) -> None:
        """Count the connection from now on; *task* runs the handshake."""
        self._task = task
        self._connections.admit(self)
        self._since = self._connections.tick

    async def run(
        self, loop: asyncio.AbstractEventLoop, connection: socket.socket, context: ssl.SSLContext
    ) -> None:
        """Shake hands, at most for HEAD_SECONDS. Then the protocol goes on."""
        try:
            await loop.connect_accepted_socket(
                lambda: self._protocol,
                connection,
                ssl=context,
                ssl_handshake_timeout=HEAD_SECONDS,
                # LimitsProtocol closes a connection whose client reads nothing.
                ssl_shutdown_timeout=IDLE_SECONDS,
            )
        except (OSError, TimeoutError):
            logger.debug("A TLS handshake failed.", exc_info=True)
        finally:
            self._connections.connections.discard(self)

    def check(self, tick: float) -> None:
        """Do nothing: the loop limits the time of a handshake."""

    def waiting_since(self) -> float | None:
        """Return the tick since which the client owes its part of the handshake."""
        return None if self._protocol.is_connected else self._since

    def close_after_answers(self) -> None:
        """Do nothing: the protocol gets this request after the handshake."""

    def drop(self) -> None:
        """End the handshake, unless it has just succeeded."""
        if self._task is not None and not self._protocol.is_connected:
            self._task.cancel()
