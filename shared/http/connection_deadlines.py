"""One timer for all connections of a server; one each would cost as much as a prediction."""

import asyncio
import logging
from typing import Protocol

from shared.http.connection_limit import (
    DroppableConnection,
    max_connections,
    select_to_drop,
)
from shared.http.limits import MAX_CONNECTIONS

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""Seconds between two checks of all connections, and the precision of deadlines."""
_OPENING = 2.0**-20
"""Ticks added to the clock for each new connection. So connections of the same tick have an order
by their last progress. A million new connections make one tick."""
_WARNING_TICKS = 60
"""The least ticks between two warnings that connections are closed to make room."""


class WatchedConnection(DroppableConnection, Protocol):
    """A connection with deadlines."""

    def check(self, tick: float) -> None:
        """Close or refuse what has taken too long; *tick* is the current tick."""


class ConnectionDeadlines:
    """A clock that counts seconds, and checks every open connection at each tick.

    It also limits the number of connections, see `connection_limit`.
    """

    def __init__(self) -> None:
        self.tick = 0.0
        self.connections = set[WatchedConnection]()
        self.max_connections = MAX_CONNECTIONS
        self._warned_at = -float(_WARNING_TICKS)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Run on the running event loop until `stop`; raise the limit of descriptors if needed."""
        self.max_connections = max_connections()
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
        if len(self.connections) > self.max_connections:
            self._make_room(connection)

    def advance(self) -> None:
        """Advance the clock by one tick, and check every connection."""
        self.tick = float(int(self.tick) + 1)
        for connection in tuple(self.connections):
            try:
                connection.check(self.tick)
            except Exception:  # an error of one connection must not keep the others open
                logger.exception("Checking the deadlines of a connection failed.")

    def _make_room(self, newcomer: WatchedConnection) -> None:
        for connection in select_to_drop(self.connections, newcomer, self.max_connections):
            self.connections.discard(connection)
            connection.drop()
        if self.tick - self._warned_at >= _WARNING_TICKS:
            self._warned_at = self.tick
            logger.warning(
                "%d connections are open, the limit of this process: "
                "each new one replaces the one that has kept the service waiting longest.",
                self.max_connections,
            )
