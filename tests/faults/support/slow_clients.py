"""Clients that take all the time there is, and one beside them that does not."""

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
"""Between two bytes of a slow client."""
PER_CONNECTION = 10
"""Requests of the good client before it opens another connection."""
_LITTLE = 4096
"""The receive buffer of who reads slowly: what does not fit waits in the service."""


def allow_many_sockets() -> None:
    """As many in this process as it may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@dataclass
class Slow:
    """One slow client, which says until when it was let."""

    port: int
    at_once: bytes = b""
    """What it sends like anybody."""
    bytewise: bool = True
    """Then it goes on, a byte at a time, without end."""
    takes: int = 1 << 16
    """The most that it reads at once."""
    received: bytes = b""
    has_ended: bool = False
    """The service has closed the connection."""

    async def go_on(self) -> None:
        """Until the service ends it."""
        client = socket.socket()
        if self.takes < _LITTLE:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        with client:
            await loop.sock_connect(client, ("127.0.0.1", self.port))
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
        """A byte now and then."""
        with contextlib.suppress(ConnectionError):
            while self.bytewise:
                await asyncio.sleep(BYTE_SECONDS)
                await asyncio.get_running_loop().sock_sendall(client, b"1")


@dataclass
class Good:
    """One client that asks again as soon as it is answered."""

    port: int
    request: bytes
    answered: int = 0
    longest: float = 0.0
    lost: list[str] = field(default_factory=list)
    """Every connection, request or answer that was not as it should be."""

    async def ask_on(self) -> None:
        """Until it is cancelled."""
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
    """All of them at work; what goes wrong with one is raised at the end."""
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
    """Like `wait_for`, while the clients go on."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Waited {seconds} s in vain for {what}."
        await asyncio.sleep(0.05)
