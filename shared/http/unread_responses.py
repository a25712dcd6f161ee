"""A common limit for the unread responses of one process.

Ten clients that request large responses and read nothing could use all memory. Beyond the limit,
those connections are closed whose clients have read nothing for longest.
"""

import asyncio
import logging
import time
from typing import Protocol

logger = logging.getLogger(__name__)

UNREAD_BYTES = 128 << 20
"""The most bytes of unread responses in one process, if its memory allows this."""
HELD_BYTES = "modelgate.held_bytes"
"""The key in the ASGI scope of the memory that the rest of a response needs, in bytes."""
_WARNING_SECONDS = 60
"""Least seconds between two warnings that connections are closed."""


class UnreadConnection(Protocol):
    """A connection whose client does not read its responses as fast as they are written."""

    def unread_bytes(self) -> int:
        """Return the bytes of memory that its responses need."""

    def unread_since(self) -> float:
        """Return the tick at which the client last read something."""

    def drop(self) -> None:
        """Close the connection at once."""


class UnreadResponses:
    """The connections of one process with unread responses."""

    def __init__(self, limit: int = UNREAD_BYTES) -> None:
        self.limit = limit
        self._connections: dict[UnreadConnection, None] = {}
        self._is_due = False
        self._warned_at = -float(_WARNING_SECONDS)

    def add(self, connection: UnreadConnection) -> None:
        """Watch *connection*, and enforce the limit after this turn of the event loop."""
        self._connections[connection] = None
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self.enforce)

    def discard(self, connection: UnreadConnection) -> None:
        """Stop watching *connection*: its client has read enough, or it is closed."""
        self._connections.pop(connection, None)

    def enforce(self) -> None:
        """Over the limit, close the connections whose clients have read nothing for longest."""
        self._is_due = False
        sizes = {each: each.unread_bytes() for each in self._connections}
        excess = sum(sizes.values()) - self.limit
        if excess <= 0:
            return
        for each in sorted(sizes, key=lambda one: (one.unread_since(), -sizes[one])):
            if excess > 0:
                excess -= sizes[each]
                self.discard(each)
                each.drop()
        if time.monotonic() - self._warned_at >= _WARNING_SECONDS:
            self._warned_at = time.monotonic()
            logger.warning(
                "Clients left more than %d bytes of responses unread: connections that read "
                "nothing for longest are closed.",
                self.limit,
            )
