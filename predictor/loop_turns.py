"""Let the event loop run between the pieces of long work in a thread.

One thread runs Python code at a time. A thread with a large body would get the interpreter back
each time the event loop reads a socket, and keep it for milliseconds. So it waits after each piece
until the loop has made a whole turn. A thread that works for all requests makes a pause instead.
"""

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import TypeVar

PIECE_SECONDS = 0.002
"""Seconds of work after which the event loop gets a turn."""
_MOST_SECONDS = 0.25
"""Most seconds to wait for a turn: the event loop may have ended."""
_PAUSE_SECONDS = 0.0005
"""Seconds in which an event loop gets the interpreter."""

_T = TypeVar("_T")


class _Own(threading.local):
    loop: asyncio.AbstractEventLoop | None = None
    has_pauses = False
    since = 0.0


_own = _Own()


async def run_in_turns(executor: Executor, work: Callable[..., _T], *arguments: object) -> _T:
    """Run *work* in a thread of *executor*, in turns with the running event loop."""
    loop = asyncio.get_running_loop()
    run = contextvars.copy_context().run
    return await loop.run_in_executor(executor, run, _run, loop, work, *arguments)


def _run(loop: asyncio.AbstractEventLoop, work: Callable[..., _T], *arguments: object) -> _T:
    _own.loop, _own.since = loop, time.perf_counter()
    try:
        return work(*arguments)
    finally:
        _own.loop = None


@contextlib.contextmanager
def pause_at_turns() -> Iterator[None]:
    """Let `give_turn` pause this thread, which works for no single event loop."""
    _own.has_pauses, _own.since = True, time.perf_counter()
    try:
        yield
    finally:
        _own.has_pauses = False


def give_turn() -> None:
    """Let the event loop make a turn, if this thread shares its time and has worked for a while.

    Call this between the pieces of long work.
    """
    loop = _own.loop
    if not (loop or _own.has_pauses) or time.perf_counter() - _own.since < PIECE_SECONDS:
        return
    if loop is None:
        time.sleep(_PAUSE_SECONDS)
    else:
        _wait_for_turns(loop)
    _own.since = time.perf_counter()


def _wait_for_turns(loop: asyncio.AbstractEventLoop) -> None:
    for _ in range(2):  # the first one may be in the middle of a turn
        passed = threading.Event()
        try:
            loop.call_soon_threadsafe(passed.set)
        except RuntimeError:  # the loop is closed: nobody waits
            break
        passed.wait(_MOST_SECONDS)
