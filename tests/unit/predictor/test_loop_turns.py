"""A thread with long work lets the event loop make turns, and ends when the loop has ended."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from predictor import loop_turns
from predictor.loop_turns import give_turn, run_in_turns


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as one:
        yield one


def test_the_loop_turns_between_the_pieces_of_work(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_turns, "PIECE_SECONDS", 0.0)
    turns = 0

    def work() -> list[int]:
        seen = []
        for _ in range(50):
            give_turn()
            seen.append(turns)
        return seen

    async def run() -> list[int]:
        nonlocal turns
        working = asyncio.ensure_future(run_in_turns(executor, work))
        while not working.done():
            turns += 1
            await asyncio.sleep(0)
        return working.result()

    seen = asyncio.run(run())
    assert all(after > before for before, after in pairwise(seen))


def test_work_without_a_loop_gives_no_turn(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_turns, "PIECE_SECONDS", 0.0)

    async def run() -> None:
        await run_in_turns(executor, give_turn)  # the thread forgets the loop after it
        give_turn()  # on the loop itself it would wait for itself

    asyncio.run(run())
    executor.submit(give_turn).result()


def test_work_goes_on_when_the_loop_has_ended(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_turns, "PIECE_SECONDS", 0.0)
    has_begun, has_ended, is_done = (threading.Event() for _ in range(3))

    def work() -> None:
        has_begun.set()
        has_ended.wait()
        give_turn()
        is_done.set()

    loop = asyncio.new_event_loop()
    task = loop.create_task(run_in_turns(executor, work))
    loop.run_until_complete(asyncio.to_thread(has_begun.wait))
    task.cancel()
    loop.run_until_complete(asyncio.wait([task]))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    has_ended.set()
    executor.shutdown()
    assert is_done.is_set()
