"""One timer and one limit for all connections of a server.

One timer for each connection would cost as much as a prediction.

Each connection holds a descriptor, even an idle one. Without a free descriptor, new clients would
wait behind idle ones. So at the limit, those connections are closed that have kept the service
waiting longest: for a request, its headers or its body. A flood of any of these closes itself.
"""

import asyncio
import heapq
import logging
import resource
from collections.abc import Iterable, Sequence
from typing import Protocol

from shared.http.unread_responses import UnreadResponses
from shared.http.upload_budget import UploadBudget

logger = logging.getLogger(__name__)

OPEN_CONNECTIONS = "open_connections"
"""The key of the application's OpenConnections in the lifespan's state."""
MAX_CONNECTIONS = 4096
"""The most connections of one process, if its limit of descriptors allows this many."""
RESERVED_DESCRIPTORS = 64
"""Descriptors reserved for other uses: files of the store, pipes, closing connections."""

TICK_SECONDS = 1.0
"""Seconds between two checks of all connections, and the precision of timeouts."""
_OPENING = 2.0**-20
"""Ticks added to the clock for each new connection. So connections of the same tick have an order
by their last progress. A million new connections make one tick."""
_WARNING_TICKS = 60
"""The least ticks between two warnings that connections are closed to make room."""
_DROPPED_TOGETHER = 64
"""One of this many connections is closed at once: comparing all costs as much as opening 12."""


class WatchedConnection(Protocol):
    """A connection with timeouts, which can be closed to make room."""

    def check(self, tick: float) -> None:
        """Close or refuse what has taken too long; *tick* is the current tick."""

    def waiting_since(self) -> float | None:
        """Return the tick since which the service waits for the client, or None."""

    def close_after_answers(self) -> None:
        """Close the connection after the response to its last request."""

    def drop(self) -> None:
        """Release the descriptor at once."""


class OpenConnections:
    """A clock that counts seconds, and checks and limits the open connections."""

    def __init__(
        self, uploads: UploadBudget | None = None, unread: UnreadResponses | None = None
    ) -> None:
        self.uploads = uploads or UploadBudget()
        """The bodies of all connections."""
        self.unread = unread or UnreadResponses()
        """The connections whose clients do not read their responses."""
        self.tick = 0.0
        self.connections = set[WatchedConnection]()
        self.max_connections = MAX_CONNECTIONS
        self._is_leaving = False
        self._warned_at = -float(_WARNING_TICKS)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Run on the running event loop until `stop`; raise the limit of descriptors if needed."""
        self.max_connections = _max_connections()
        loop = asyncio.get_running_loop()

        def tick() -> None:
            self._timer = loop.call_later(TICK_SECONDS, tick)
            self.advance()

        self._timer = loop.call_later(TICK_SECONDS, tick)

    def stop(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()

    def admit(self, connection: WatchedConnection) -> None:
        """Register a connection. Over the limit, close those that kept us waiting longest."""
        self.connections.add(connection)
        self.tick += _OPENING
        if self._is_leaving:
            connection.close_after_answers()
        if len(self.connections) > self.max_connections:
            self._make_room(connection)

    def leave(self) -> None:
        """Close each connection after its next response, also connections that open later.

        So clients open their next connection where another process accepts it.
        """
        self._is_leaving = True
        for connection in self.connections:
            connection.close_after_answers()

    def advance(self) -> None:
        """Advance the clock by one tick, and check every connection."""
        self.tick = float(int(self.tick) + 1)
        for connection in tuple(self.connections):
            try:
                connection.check(self.tick)
            except Exception:  # an error of one connection must not keep the others open
                logger.exception("Checking the timeouts of a connection failed.")
        self.unread.enforce()  # responses may have grown since their clients stopped reading

    def _make_room(self, newcomer: WatchedConnection) -> None:
        for connection in _select_to_drop(self.connections, newcomer, self.max_connections):
            self.connections.discard(connection)
            connection.drop()
        if self.tick - self._warned_at >= _WARNING_TICKS:
            self._warned_at = self.tick
            logger.warning(
                "%d connections are open, the limit of this process: "
                "each new one replaces the one that has kept the service waiting longest.",
                self.max_connections,
            )


def _max_connections() -> int:
    """Return the limit of connections; raise the soft limit of descriptors as far as needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MAX_CONNECTIONS + RESERVED_DESCRIPTORS
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return max(1, needed - RESERVED_DESCRIPTORS)


def _select_to_drop(
    connections: Iterable[WatchedConnection], newcomer: WatchedConnection, limit: int
) -> Sequence[WatchedConnection]:
    """Return the connections to close; only *newcomer* if all others are being answered."""
    waiting = (
        (since, id(connection), connection)
        for connection in connections
        if connection is not newcomer and (since := connection.waiting_since()) is not None
    )
    longest = heapq.nsmallest(max(1, limit // _DROPPED_TOGETHER), waiting)
    return [connection for _, _, connection in longest] or [newcomer]
