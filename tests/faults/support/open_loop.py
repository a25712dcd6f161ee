"""`python -m tests.faults.support.open_loop`: send requests on a fixed schedule.

First the client measures the server's capacity. Then it sends 70 % of that rate. A late response
does not delay the requests after it, unlike in a client that waits for each response. The client
ends when its standard input is closed and enough requests were sent, and writes its result.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

CONNECTIONS = 16
IN_FLIGHT = 4
"""Unanswered requests of each connection while the rate is measured."""
SATURATION_SECONDS = 2.0
SHARE = 0.7
TICK_SECONDS = 0.005
PROGRESS_SECONDS = 0.05
DRAIN_SECONDS = 60.0


@lru_cache(maxsize=4096)
def _read_head(head: bytes) -> tuple[int, int, int]:
    """Read status, version and length from a head. A missing version is 0."""
    first, *lines = head.lower().split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines)
    version = int(headers.get(b"x-model-version", b"0"))
    return int(first.split(b" ", 2)[1]), version, int(headers[b"content-length"])


@dataclass
class Seen:
    """Counts of distinct responses, and failures."""

    answers: Counter[tuple[int, int, bytes]] = field(default_factory=Counter)
    """Counts by index of the request, version in the header, and body."""
    failures: list[str] = field(default_factory=list)
    late: Counter[int] = field(default_factory=Counter)
    """Counts of responses by milliseconds after their request was due."""
    asked: int = 0
    answered: int = 0


class Connection(asyncio.Protocol):
    """A connection that sends requests without waiting for responses."""

    def __init__(self, requests: list[bytes], seen: Seen) -> None:
        self._requests = requests
        self._seen = seen
        self._buffer = bytearray()
        self._newest = 0
        self._waiting: deque[tuple[int, float]] = deque()
        """Index and due time of each unanswered request."""
        self.is_saturating = False

    @property
    def waiting(self) -> int:
        """Number of unanswered requests."""
        return len(self._waiting)

    def ask(self, question: int, due: float) -> None:
        """Send a request now."""
        self._waiting.append((question, due))
        self._seen.asked += 1
        self._transport.write(self._requests[question])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for requests."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Parse all complete responses."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            status, version, length = _read_head(bytes(self._buffer[:end]))
            whole = end + 4 + length
            if len(self._buffer) < whole:
                return
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            self._see(status, version, body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Record the unanswered requests as a failure."""
        if self._waiting:
            self._seen.failures.append(f"closed with {self.waiting} unanswered requests: {exc!r}")

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def _see(self, status: int, version: int, body: bytes) -> None:
        question, due = self._waiting.popleft()
        self._seen.answered += 1
        self._seen.late[round(1000 * (time.monotonic() - due))] += 1
        self._seen.answers[question, version, body] += 1
        if status != 200:
            self._seen.failures.append(f"status {status}: {body!r:.200}")
        if version < self._newest:
            self._seen.failures.append(f"went back from version {self._newest} to {version}")
        self._newest = version
        if self.is_saturating:
            self.ask((question + 1) % len(self._requests), time.monotonic())


class Client:
    """All connections to one server."""

    def __init__(self, url: str, bodies: list[str]) -> None:
        address = urlsplit(url)
        self._host, self._port = str(address.hostname), address.port or 80
        head = f"POST /predict HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: "
        self._requests = [f"{head}{len(body.encode())}\r\n\r\n{body}".encode() for body in bodies]
        self._connections: list[Connection] = []
        self.seen = Seen()

    async def connect(self) -> None:
        """Open all connections."""
        for _ in range(CONNECTIONS):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self._requests, self.seen), self._host, self._port
            )
            self._connections.append(connection)

    async def saturation(self) -> float:
        """Measure responses per second when each is followed by the next request."""
        self._saturate(True)
        for number, connection in enumerate(self._connections * IN_FLIGHT):
            connection.ask(number % len(self._requests), time.monotonic())
        await asyncio.sleep(SATURATION_SECONDS / 4)
        before, start = self.seen.answered, time.monotonic()
        await asyncio.sleep(SATURATION_SECONDS)
        rate = (self.seen.answered - before) / (time.monotonic() - start)
        self._saturate(False)
        await self.drain()
        return rate

    async def ask(self, rate: float, stop: asyncio.Event, least: int) -> None:
        """Send *rate* requests a second until *stop* is set, but at least *least*."""
        start, asked = time.monotonic(), 0
        while not (stop.is_set() and asked >= least):
            due = int((time.monotonic() - start) * rate)
            for number in range(asked, due):
                connection = self._connections[number % len(self._connections)]
                connection.ask(number % len(self._requests), start + number / rate)
            asked = max(asked, due)
            await asyncio.sleep(TICK_SECONDS)
        await self.drain()

    async def drain(self) -> None:
        """Wait for all responses. Record missing ones as a failure."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while any(connection.waiting for connection in self._connections):
            if time.monotonic() > deadline:
                self.seen.failures.append("requests were never answered")
                return
            await asyncio.sleep(TICK_SECONDS)

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()

    def _saturate(self, is_on: bool) -> None:
        for connection in self._connections:
            connection.is_saturating = is_on


async def run(url: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Run the whole plan and return the result."""
    client = Client(url, plan["bodies"])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
    await client.connect()
    saturation = await client.saturation()
    seen = client.seen
    seen.late.clear()
    before = seen.asked
    rate = SHARE * saturation
    reporting = asyncio.create_task(_report(rate, seen))
    await client.ask(rate, stop, plan["least"])
    reporting.cancel()
    client.close()
    return {
        "rate": rate,
        "asked": seen.asked - before,
        "unanswered": seen.asked - seen.answered,
        "failures": len(seen.failures),
        "first_failures": seen.failures[:20],
        "late_ms": {f"p{percent}": _percentile(seen.late, percent) for percent in (50, 99, 100)},
        "answers": [
            [question, version, body.decode(), count]
            for (question, version, body), count in seen.answers.items()
        ],
    }


def _percentile(counts: Counter[int], percent: int) -> int:
    left = counts.total() * percent / 100
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return max(counts)


async def _report(rate: float, seen: Seen) -> None:
    """Print repeatedly the seconds of load that are answered."""
    before = seen.answered
    while True:
        seconds = (seen.answered - before) / rate
        print(f"{seconds:.3f}", flush=True)  # noqa: T201 - the parent process reads this
        await asyncio.sleep(PROGRESS_SECONDS)


def main() -> None:
    """Read the plan, run it and write the result."""
    url, plan, result = sys.argv[1:]
    found = asyncio.run(run(url, json.loads(Path(plan).read_text())))
    Path(result).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
