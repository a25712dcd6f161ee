"""How many connections a process holds at once, and which go when one too many opens.

Descriptors are few, and a connection that nobody uses holds one. Where none is left, the kernel
hands out no more connections, and good clients wait behind idle ones: some must go before that.
Those go whose clients have let the service wait the longest, whether for a request, its headers
or its body; a flood of any of the three then pushes out itself.
"""

import heapq
import resource
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from shared.http.limits import MAX_CONNECTIONS, RESERVED_DESCRIPTORS

_DROPPED_TOGETHER = 64
"""One in so many: a look at all connections costs as much as it does to open a dozen."""


class DroppableConnection(Protocol):
    """A connection that may have to make room."""

    def waiting_since(self) -> float | None:
        """When the wait for its client began, by the deadlines' clock; None: the client waits."""

    def drop(self) -> None:
        """Give its descriptor back at once."""


Connection = TypeVar("Connection", bound=DroppableConnection)


def max_connections() -> int:
    """For this process, whose soft limit of descriptors is raised as far as is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + RESERVED_DESCRIPTORS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(1, wanted - RESERVED_DESCRIPTORS)


def select_to_drop(
    connections: Iterable[Connection], newcomer: Connection, most: int
) -> Sequence[Connection]:
    """What makes room among *connections*: *newcomer* itself where all others are answered."""
    waiting = (
        (since, id(connection), connection)
        for connection in connections
        if connection is not newcomer and (since := connection.waiting_since()) is not None
    )
    longest = heapq.nsmallest(max(1, most // _DROPPED_TOGETHER), waiting)
    return [connection for _, _, connection in longest] or [newcomer]
