"""Connections that ask without pause and see every answer: what Python can do with little cost."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Response:
    """One whole HTTP answer."""

    connection: int
    asked: int
    """Which of the connection's requests, counted from 0, it answers."""
    head: bytes
    """Status line and headers, in lower case."""
    body: bytes
    finished: float
    """On the monotonic clock."""
    seconds: float

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.head[9:12])


def encode_request(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A POST request as it stands on the wire."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last is there, until told to stop."""

    def __init__(
        self, number: int, requests: list[bytes], see: Callable[[Response], object]
    ) -> None:
        self._number = number
        self._requests = requests
        self._see = see
        self._buffer = bytearray()
        self._asked = 0
        self._sent_at = 0.0
        self._stopping = False
        self.is_waiting = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take an answer apart once it is whole."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        at = head.find(_LENGTH)
        if at < 0:
            self._transport.abort()  # counted as a request without an answer
            return
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        now = time.monotonic()
        self.is_waiting = False
        self._see(Response(self._number, self._asked, head, body, now, now - self._sent_at))
        self._asked += 1
        if self._stopping:
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so; `is_waiting` then tells that a request was lost with it."""
        del exc
        if not self.closed.done():
            self.closed.set_result(None)

    def stop(self) -> None:
        """Let the request under way be answered, then close."""
        self._stopping = True
        if not self.is_waiting:
            self._transport.close()

    def _send(self) -> None:
        self.is_waiting = True
        self._sent_at = time.monotonic()
        self._transport.write(self._requests[self._asked % len(self._requests)])


async def send_requests(
    url: str,
    requests: list[bytes],
    connections: int,
    stop: asyncio.Event,
    see: Callable[[Response], object],
) -> int:
    """Ask over *connections* until the event is set; the number of requests never answered.

    A connection that the server closes is opened again. Each begins at another of *requests*.
    """
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 80
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[object] = asyncio.ensure_future(stop.wait())
    lost = 0

    async def keep_asking(number: int) -> None:
        nonlocal lost
        start = number % len(requests)
        own = requests[start:] + requests[:start]
        while not stop.is_set():
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(number, own, see), host, port
                )
            except OSError:
                lost += 1
                await asyncio.sleep(0.01)
                continue
            either: set[asyncio.Future[Any]] = {stopped, connection.closed}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            connection.stop()
            await connection.closed
            lost += connection.is_waiting

    await asyncio.gather(*(keep_asking(number) for number in range(connections)))
    return lost


async def wait_until(
    condition: Callable[[], bool], asking: asyncio.Task[int], seconds: float = 600.0
) -> None:
    """Wait for *condition* while *asking* goes on; at most some *seconds*."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        if asking.done():
            asking.result()  # raises what ended it
            return
        await asyncio.sleep(0.005)
