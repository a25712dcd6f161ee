"""Send requests without pause from Python, and pass on every response."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Response:
    """A complete HTTP response."""

    connection: int
    index: int
    """Index of its request on this connection, from 0."""
    head: bytes
    """Status line and headers, in lower case."""
    body: bytes
    finished: float
    """Time on the monotonic clock."""
    seconds: float

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.head[9:12])


def encode_request(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Encode a POST request as bytes."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class Connection(asyncio.Protocol):
    """A connection that sends the next request after each response, until `stop`."""

    def __init__(
        self, number: int, requests: list[bytes], on_response: Callable[[Response], object]
    ) -> None:
        self._number = number
        self._requests = requests
        self._on_response = on_response
        self._buffer = bytearray()
        self._index = 0
        self._sent_at = 0.0
        self._stopping = False
        self.is_waiting = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(
            asyncio.Transport, transport
        )  # uvloop's class does not inherit from it
        self._send()

    def data_received(self, data: bytes) -> None:
        """Parse a response once it is complete, and send the next request."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        at = head.find(_LENGTH)
        if at < 0:
            self._transport.abort()  # counts as a request without a response
            return
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        now = time.monotonic()
        self.is_waiting = False
        self._on_response(Response(self._number, self._index, head, body, now, now - self._sent_at))
        self._index += 1
        if self._stopping:
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end. `is_waiting` is then true if a request was lost."""
        del exc
        if not self.closed.done():
            self.closed.set_result(None)

    def stop(self) -> None:
        """Close after the response to the current request."""
        self._stopping = True
        if not self.is_waiting:
            self._transport.close()

    def _send(self) -> None:
        self.is_waiting = True
        self._sent_at = time.monotonic()
        self._transport.write(self._requests[self._index % len(self._requests)])


async def send_requests(
    url: str,
    requests: list[bytes],
    connections: int,
    stop: asyncio.Event,
    on_response: Callable[[Response], object],
) -> int:
    """Send requests until *stop* is set, and return the number of requests without a response.

    A connection that the server closes is opened again. Each connection begins with a different
    request.
    """
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 80
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[object] = asyncio.ensure_future(stop.wait())
    lost = 0

    async def keep_sending(number: int) -> None:
        nonlocal lost
        start = number % len(requests)
        own = requests[start:] + requests[:start]
        while not stop.is_set():
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(number, own, on_response), host, port
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

    await asyncio.gather(*(keep_sending(number) for number in range(connections)))
    return lost


async def wait_until(
    condition: Callable[[], bool], sending: asyncio.Task[int], seconds: float = 600.0
) -> None:
    """Wait for *condition* while *sending* runs, at most for *seconds*."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        if sending.done():
            sending.result()  # raises the error that ended it
            return
        await asyncio.sleep(0.005)
