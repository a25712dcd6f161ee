"""A host of a laboratory, as a test sees it: it calls functions of `protocol` there."""

import json
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.support.processes.wait_until import wait_for

CALL_SECONDS = 120.0
"""Longest call in seconds."""


@dataclass
class Host:
    """One host with its own mount of the shared directory."""

    name: str
    store: str
    """The shared directory on this host."""
    connect: Callable[[], socket.socket]
    address: tuple[str, int]
    """The address of its agent, as other hosts of the laboratory see it."""
    crash: Callable[[], None]
    """End the host without any order."""
    _threads: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def call(self, function: str, **arguments: Any) -> Any:
        """Call a function of `protocol` on this host; raise RuntimeError with its error."""
        with self.connect() as connection, connection.makefile("rw") as stream:
            connection.settimeout(CALL_SECONDS)
            stream.write(json.dumps({"call": function, "with": arguments}) + "\n")
            stream.flush()
            answer = json.loads(stream.readline())
        if "error" in answer:
            raise RuntimeError(f"{function} on {self.name}: {answer['error']}\n{answer['trace']}")
        return answer["result"]

    def begin(self, function: str, **arguments: Any) -> "Future[Any]":
        """Begin a call, which goes on beside others."""
        return self._threads.submit(self.call, function, **arguments)

    def wait_until_up(self) -> None:
        """Wait until the agent answers."""
        wait_for(self._is_up, f"host {self.name}")

    def _is_up(self) -> bool:
        try:
            self.call("warm_up")
        except (OSError, ValueError):  # an agent that has just begun may close the connection
            return False
        return True
