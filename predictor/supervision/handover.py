"""The first worker reads the settings and opens the port; it hands both over to its parent.

So the parent needs no settings library, and the first worker starts without waiting for another
process.
"""

import json
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass

_MAX_BYTES = 1 << 10
_DESCRIPTORS = 2


@dataclass(frozen=True)
class Terms:
    """The settings that the parent needs."""

    workers: int
    call_seconds: float
    drain_seconds: float
    grace_seconds: float
    log_level: str
    log_format: str


@dataclass(frozen=True)
class Endowment:
    """The descriptors that every worker inherits."""

    listener: int
    metrics: int


class Handover:
    """A pair of sockets between the parent and its first worker."""

    def __init__(self) -> None:
        self._parent, self._worker = socket.socketpair()

    def send(self, terms: Terms, descriptors: Sequence[int]) -> None:
        """Hand the terms and the descriptors over; the worker calls this once."""
        socket.send_fds(self._worker, [json.dumps(asdict(terms)).encode()], descriptors)

    def keep_worker_end(self) -> None:
        """Close the parent's end; the worker calls this."""
        self._parent.close()

    def keep_parent_end(self) -> None:
        """Close the worker's end; the parent calls this."""
        self._worker.close()

    def fileno(self) -> int:
        """Return the descriptor that is readable when `receive` can be called."""
        return self._parent.fileno()

    def receive(self) -> tuple[Terms, Endowment] | None:
        """Take what the worker handed over; None if it ended without that."""
        data, descriptors, _, _ = socket.recv_fds(self._parent, _MAX_BYTES, _DESCRIPTORS)
        self._parent.close()
        if not data or len(descriptors) != _DESCRIPTORS:
            return None
        return Terms(**json.loads(data)), Endowment(*descriptors)
