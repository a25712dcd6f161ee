"""Slow clients, and a normal client beside them."""

import asyncio
import contextlib
import resource
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

BYTE_SECONDS = 0.5
"""Seconds between two bytes of a slow client."""
PER_CONNECTION = 10
"""Requests of the good client before it opens another connection."""
_LITTLE = 4096
"""Bytes in the receive buffer of a client that reads slowly. The rest waits in the service."""


def allow_many_sockets() -> None:
    """Raise this process's limit of open files to its maximum."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@dataclass
class Slow:
    """A slow client that records when the service ends its connection."""

    port: int
    at_once: bytes = b""
    """Bytes that it sends at once."""
    bytewise: bool = True
    """Whether it then sends single bytes for ever."""
    takes: int = 1 << 16
    """Most bytes that it reads at once."""
    received: bytes = b""
    has_ended: bool = False
    """Whether the service has closed the connection."""

    async def go_on(self) -> None:
        """Run until the service closes the connection."""
        client = socket.socket()
        if self.takes < _LITTLE:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        with client:
            await loop.sock_connect(client, ("127.0.0.1", self.port))
            with contextlib.suppress(ConnectionError):  # a refusal may come before the end
                await loop.sock_sendall(client, self.at_once)
            sending = asyncio.create_task(self._send_on(client))
            try:
                with contextlib.suppress(ConnectionError):
                    while piece := await loop.sock_recv(client, self.takes):
                        self.received += piece
                        if self.takes < _LITTLE:
                            await asyncio.sleep(BYTE_SECONDS)
                self.has_ended = True
            finally:
                sending.cancel()

    async def _send_on(self, client: socket.socket) -> None:
        """Send a byte every BYTE_SECONDS."""
        with contextlib.suppress(ConnectionError):
            while self.bytewise:
                await asyncio.sleep(BYTE_SECONDS)
                await asyncio.get_running_loop().sock_sendall(client, b"1")


@dataclass
class Good:
    """A client that sends the next request after each response."""

    port: int
    request: bytes
    answered: int = 0
    longest: float = 0.0
    lost: list[str] = field(default_factory=list)
    """Connections, requests and responses that failed."""

    async def ask_on(self) -> None:
        """Send requests until it is cancelled."""
        while True:
            try:
                await self._ask_on_one_connection()
            except (OSError, asyncio.IncompleteReadError) as problem:
                self.lost.append(repr(problem))

    async def _ask_on_one_connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with contextlib.closing(writer):
            for _ in range(PER_CONNECTION):
                asked = time.perf_counter()
                writer.write(self.request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
                body = await reader.readexactly(int(length))
                self.longest = max(self.longest, time.perf_counter() - asked)
                self.answered += 1
                if not head.startswith(b"HTTP/1.1 200 "):
                    self.lost.append((head + body).decode())


@asynccontextmanager
async def running(*clients: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run all clients while the block runs, and raise their errors at its end."""
    tasks = [asyncio.create_task(client) for client in clients]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
    for problem in found:
        if isinstance(problem, BaseException) and not isinstance(problem, asyncio.CancelledError):
            raise problem


async def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for a condition as `wait_for` does, while the clients run."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Waited {seconds} s in vain for {what}."
        await asyncio.sleep(0.05)
