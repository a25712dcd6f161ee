"""The limit of open connections, and the choice of those that are closed at the limit.

Each connection holds a descriptor, even an idle one. Without a free descriptor, new clients would
wait behind idle ones. So at the limit, those connections are closed that have kept the service
waiting longest: for a request, its headers or its body. A flood of any of these closes itself.
"""

import heapq
import resource
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from shared.http.limits import MAX_CONNECTIONS, RESERVED_DESCRIPTORS

_DROPPED_TOGETHER = 64
"""One of this many connections is closed at once: comparing all costs as much as opening 12."""


class DroppableConnection(Protocol):
    """A connection that can be closed to make room."""

    def waiting_since(self) -> float | None:
        """Return the tick since which the service waits for the client, or None."""

    def drop(self) -> None:
        """Release the descriptor at once."""


Connection = TypeVar("Connection", bound=DroppableConnection)


def max_connections() -> int:
    """Return the limit of connections; raise the soft limit of descriptors as far as needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MAX_CONNECTIONS + RESERVED_DESCRIPTORS
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return max(1, needed - RESERVED_DESCRIPTORS)


def select_to_drop(
    connections: Iterable[Connection], newcomer: Connection, limit: int
) -> Sequence[Connection]:
    """Return the connections to close; only *newcomer* if all others are being answered."""
    waiting = (
        (since, id(connection), connection)
        for connection in connections
        if connection is not newcomer and (since := connection.waiting_since()) is not None
    )
    longest = heapq.nsmallest(max(1, limit // _DROPPED_TOGETHER), waiting)
    return [connection for _, _, connection in longest] or [newcomer]
