"""Send hostile bodies from another process, and measure a good client beside them."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from urllib.parse import urlsplit

import uvloop

_READ_BYTES = 1 << 16


async def exchange(url: str, request: bytes, times: int = 1) -> bytes:
    """Send *request* some *times* on a new connection; return the first line of the response."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        for _ in range(times):
            sending = asyncio.ensure_future(_send(writer, request))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            while length > 0 and (piece := await reader.read(min(length, _READ_BYTES))):
                length -= len(piece)
            await sending
        return head.split(b"\r\n", 1)[0]
    finally:
        writer.close()


async def _send(writer: asyncio.StreamWriter, request: bytes) -> None:
    with suppress(ConnectionError):  # the response may come before the end of the request
        writer.write(request)
        await writer.drain()


@contextmanager
def attack(url: str, requests: list[bytes], connections: int) -> Iterator[None]:
    """Send *requests* in turn on this many *connections* during the block, in another process."""
    context = get_context("fork")
    started, stopped = context.Event(), context.Event()
    process = context.Process(
        target=_attack, args=(url, requests, connections, started, stopped), daemon=True
    )
    process.start()
    started.wait()
    try:
        yield
    finally:
        stopped.set()
        process.join(5)
        process.kill()
        process.join()


def _attack(
    url: str, requests: list[bytes], connections: int, started: Event, stopped: Event
) -> None:
    async def repeat(number: int) -> None:
        while not stopped.is_set():
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await exchange(url, requests[number % len(requests)])
            number += connections

    async def run() -> None:
        tasks = [asyncio.ensure_future(repeat(number)) for number in range(connections)]
        started.set()
        await asyncio.to_thread(stopped.wait)
        for task in tasks:
            task.cancel()

    uvloop.run(run())


async def measure_good_client(url: str, request: bytes, seconds: float) -> tuple[list[float], int]:
    """Send *request* again and again on one connection; return all seconds, and the failures."""
    parts = urlsplit(url)
    times: list[float] = []
    failed = 0
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    until = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - begun)
        failed += not head.startswith(b"HTTP/1.1 200 ")
    writer.close()
    return times, failed
