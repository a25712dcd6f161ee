"""How many connections a process holds at once, and which go when one too many opens.

Descriptors are few, and a connection that nobody uses holds one. Where none is left, the kernel
hands out no more connections, and good clients wait behind idle ones: some must go before that.
"""

import heapq
import resource
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Protocol, TypeVar

from shared.http_limits import MOST_CONNECTIONS, RESERVED_DESCRIPTORS

_DROPPED_TOGETHER = 64
"""One in so many: a look at all connections costs as much as it does to open a dozen."""


class Stage(IntEnum):
    """How far a connection's request is: the earlier, the less is lost with it."""

    IDLE = 0
    HEAD = 1
    BODY = 2
    ANSWERING = 3


class Bounded(Protocol):
    """A connection that may have to make room."""

    def standing(self) -> tuple[Stage, float]:
        """How far it is, and since when, on the clock of the deadlines."""

    def drop(self) -> None:
        """Give its descriptor back at once."""


Connection = TypeVar("Connection", bound=Bounded)


def most_connections() -> int:
    """For this process, whose soft limit of descriptors is raised as far as is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + RESERVED_DESCRIPTORS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(1, wanted - RESERVED_DESCRIPTORS)


def to_drop(
    connections: Iterable[Connection], newcomer: Connection, most: int
) -> Sequence[Connection]:
    """What makes room among *connections*: *newcomer* itself where all others are answered."""
    ranked = heapq.nsmallest(
        max(1, most // _DROPPED_TOGETHER),
        (connection for connection in connections if connection is not newcomer),
        key=lambda connection: connection.standing(),
    )
    first = ranked[0].standing()[0] if ranked else Stage.ANSWERING
    if first is Stage.ANSWERING:
        return [newcomer]
    if first is not Stage.IDLE:
        return ranked[:1]
    return [connection for connection in ranked if connection.standing()[0] is Stage.IDLE]
