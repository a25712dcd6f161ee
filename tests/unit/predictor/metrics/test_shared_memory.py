"""Workers share memory, and a replacement takes the slot of the dead worker."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from predictor.metrics.shared_area import VectorKey
from predictor.metrics.shared_memory import MetricsMemory, NoFreeSlotError
from tests.support.processes.forks import fork, stop_here

COUNTED = VectorKey("toys_total")


@contextmanager
def worker(memory: MetricsMemory) -> Iterator[int]:
    """Run a process that has counted one, yield its process id, and kill it."""

    def count() -> None:
        memory.claim().main.vector(COUNTED, 1)[0] += 1
        stop_here()

    process = fork(count)
    process.wait_until_stopped()
    try:
        yield process.pid
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def counted(memory: MetricsMemory) -> list[tuple[int, bool, float]]:
    return [(r.number, r.alive, dict(r.vectors)[COUNTED][0]) for r in memory.read()]


def test_each_living_worker_has_a_slot_of_its_own() -> None:
    memory = MetricsMemory(slots=3)
    assert memory.read() == []
    with worker(memory), worker(memory):
        memory.claim().main.vector(COUNTED, 1)[0] += 5
        assert counted(memory) == [(0, True, 1), (1, True, 1), (2, True, 5)]
        with pytest.raises(NoFreeSlotError, match="All 3"):
            memory.claim()


def test_a_killed_workers_counts_stay_and_its_successor_continues_them() -> None:
    memory = MetricsMemory(slots=3)
    with worker(memory) as first, worker(memory):
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        assert counted(memory) == [(0, False, 1), (1, True, 1)]
        with worker(memory):
            assert counted(memory) == [(0, True, 2), (1, True, 1)]
    assert counted(memory) == [(0, False, 2), (1, False, 1)]


def test_reading_the_slots_takes_no_slot() -> None:
    memory = MetricsMemory(slots=2)
    with worker(memory):
        pass
    for _ in range(3):
        assert counted(memory) == [(0, False, 1)]
    memory.claim().main.vector(COUNTED, 1)[0] += 1
    assert counted(memory) == [(0, True, 2)]


def test_shared_memory_leaves_no_file_and_no_descriptor() -> None:
    before = len(os.listdir("/proc/self/fd"))
    memory = MetricsMemory(slots=1)
    assert len(os.listdir("/proc/self/fd")) > before
    memory.claim().main.vector(COUNTED, 1)
    del memory
    assert len(os.listdir("/proc/self/fd")) == before
