"""One timer for all connections of a server: one for each would cost as much as a prediction."""

import asyncio
import logging
from typing import Protocol

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""How often connections are looked at; deadlines are exact to one tick."""


class Overdue(Protocol):
    """A connection that knows what it has waited for, and for how long."""

    def check(self, tick: int) -> None:
        """Give up what has taken too long; *tick* is the clock's."""


class ConnectionDeadlines:
    """A clock that counts seconds, and asks every open connection at each whether it is overdue."""

    def __init__(self) -> None:
        self.tick = 0
        self.connections = set[Overdue]()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Run on the running event loop until `stop`."""
        loop = asyncio.get_running_loop()

        def tick() -> None:
            self._timer = loop.call_later(TICK_SECONDS, tick)
            self.advance()

        self._timer = loop.call_later(TICK_SECONDS, tick)

    def stop(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()

    def advance(self) -> None:
        """Let one tick pass."""
        self.tick += 1
        for connection in tuple(self.connections):
            try:
                connection.check(self.tick)
            except Exception:  # what goes wrong with one is not to save the others
                logger.exception("A connection could not be checked.")
