"""Stop a server so that no client loses a connection that the kernel has accepted for it.

The kernel completes connections before a process accepts them. When the last descriptor of a
listening socket closes, the kernel resets those that wait: their clients cannot know whether to
send again. So the server first takes them all, and closes the socket in the same moment.
"""

import asyncio
import os
import socket
from collections.abc import Iterator

import uvicorn

from shared.http.timeouts_and_sizes import BACKLOG

_HANDSHAKE_SECONDS = 0.5
"""Seconds for the TLS handshakes of the last connections."""


class LastConnectionsServer(uvicorn.Server):
    """A server that answers also the connections which wait when it stops."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        # Not `listener.dup()`: it would let the socket block, also for the other workers.
        self._spare = socket.socket(fileno=os.dup(listener.fileno()))
        """Keeps the socket open while the event loop stops to accept."""
        self._spare.setblocking(False)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to accept, take the connections that wait, and end all after their responses."""
        for server in self.servers:
            server.close()
        await asyncio.sleep(0)  # the event loop closes its own descriptor
        with self._spare:
            accepted = list(_accept_waiting(self._spare))
        if accepted:
            loop = asyncio.get_running_loop()
            tasks = [loop.create_task(self._serve_accepted(each)) for each in accepted]
            await asyncio.wait(tasks, timeout=_HANDSHAKE_SECONDS)
        await super().shutdown(sockets)

    async def _serve_accepted(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(self._make_protocol, connection, ssl=self.config.ssl)
        except OSError:  # the client is gone, or its handshake failed
            connection.close()

    def _make_protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn makes it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _accept_waiting(listener: socket.socket) -> Iterator[socket.socket]:
    """Accept each connection that waits; the socket does not block."""
    for _ in range(BACKLOG):
        try:
            yield listener.accept()[0]
        except OSError:  # none waits, or no descriptor is left
            return
