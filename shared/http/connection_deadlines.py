"""One timer for all connections of a server: one for each would cost as much as a prediction."""

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
"""How often connections are looked at; deadlines are exact to one tick."""
_OPENING = 2.0**-20
"""What an opening adds to the clock, so that idleness has an order within a tick too: who has
done something since another opened is by that much younger. A million openings make a tick."""
_TOLD_EVERY = 60
"""Ticks between two warnings that connections are closed to make room."""


class WatchedConnection(DroppableConnection, Protocol):
    """A connection that knows what it has waited for, and for how long."""

    def check(self, tick: float) -> None:
        """Give up what has taken too long; *tick* is the clock's."""


class ConnectionDeadlines:
    """A clock that counts seconds, and asks every open connection at each whether it is overdue.

    It also holds their number within the limit: `shared/http/connection_limit.py`.
    """

    def __init__(self) -> None:
        self.tick = 0.0
        self.connections = set[WatchedConnection]()
        self.max_connections = MAX_CONNECTIONS
        self._told_at = -float(_TOLD_EVERY)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Run on the running event loop until `stop`, with as many descriptors as there may be."""
        self.max_connections = max_connections()
        loop = asyncio.get_running_loop()

        def tick() -> None:
            self._timer = loop.call_later(TICK_SECONDS, tick)
            self.advance()

        self._timer = loop.call_later(TICK_SECONDS, tick)

    def stop(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()

    def admit(self, connection: WatchedConnection) -> None:
        """One more has opened; one too many makes those go that were waited for the longest."""
        self.connections.add(connection)
        self.tick += _OPENING
        if len(self.connections) > self.max_connections:
            self._make_room(connection)

    def advance(self) -> None:
        """Let one tick pass."""
        self.tick = float(int(self.tick) + 1)
        for connection in tuple(self.connections):
            try:
                connection.check(self.tick)
            except Exception:  # what goes wrong with one is not to save the others
                logger.exception("A connection could not be checked.")

    def _make_room(self, newcomer: WatchedConnection) -> None:
        for connection in select_to_drop(self.connections, newcomer, self.max_connections):
            self.connections.discard(connection)
            connection.drop()
        if self.tick - self._told_at >= _TOLD_EVERY:
            self._told_at = self.tick
            logger.warning(
                "%d connections are open, the most that this process holds: "
                "each new one takes the place of the one that was waited for the longest.",
                self.max_connections,
            )
