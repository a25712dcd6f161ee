"""A worker knows when a call, its event loop or the thread that follows the registry is stuck."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from operator import add

import numpy as np
import pytest

from predictor.lifecycle.call_watch import CallWatch, WatchedServable
from predictor.lifecycle.vital_signs import VitalSigns
from predictor.supervision.shared_records import LANES, SharedRecords
from shared.errors import ServableError
from shared.inference.servable import AnyRows, Predictions
from tests.support.processes.wait_until import wait_for

DIGEST = f"sha256:{64 * 'd'}"
ROWS = np.zeros((1, 2))


class Gate:
    """A model whose calls end when a test allows it."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def predict(self, rows: AnyRows) -> Predictions:
        self.open.wait(60)
        return Predictions(np.zeros(len(rows)), None)


class Failing:
    """A model whose calls fail because of *cause*."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause

    def predict(self, _rows: AnyRows) -> Predictions:
        raise ServableError("It failed.") from self.cause


@pytest.fixture
def watch() -> CallWatch:
    return CallWatch(SharedRecords().worker(0))


@contextmanager
def calling(watch: CallWatch) -> Iterator[None]:
    """Run a call in a thread during the block."""
    gate = Gate()
    thread = threading.Thread(target=WatchedServable(gate, DIGEST, watch).predict, args=(ROWS,))
    thread.start()
    try:
        wait_for(lambda: watch.longest_call() > 0, "the call")
        yield
    finally:
        gate.open.set()
        thread.join()


def test_a_call_is_visible_while_it_runs(watch: CallWatch) -> None:
    with calling(watch):
        ((lane, _),) = watch.record.running()
        assert watch.record.digest(lane) == DIGEST
        assert not watch.is_loading()
    assert watch.longest_call() == 0


def test_a_thread_keeps_its_lane_for_other_models(watch: CallWatch) -> None:
    gate = Gate()
    gate.open.set()
    for number in range(2 * LANES):
        digest = f"sha256:{number:064x}"
        WatchedServable(gate, digest, watch).predict(ROWS)
        assert watch.record.digest(1) == digest
    assert len(watch.lanes) == 1


def test_a_long_call_is_reported_and_beyond_its_limit_the_worker_is_stuck(
    watch: CallWatch,
) -> None:
    signs = VitalSigns(watch, call_seconds=0.1, poll_seconds=1.0)
    assert signs.stalled_call is None
    with calling(watch):
        message = wait_for(lambda: signs.stalled_call, "a stalled call")
        assert "predictions wait for it. After 0.1 s this worker is replaced." in message
        standstill = wait_for(lambda: signs.standstill, "a stuck worker")
        assert "a model call has run for more than" in standstill
        assert signs.serving_standstill is not None
    assert signs.stalled_call is None
    assert signs.standstill is None


def test_an_event_loop_that_does_not_move_is_a_standstill(
    watch: CallWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = VitalSigns(watch, call_seconds=0.1, poll_seconds=1.0)

    async def live_and_hang() -> list[str | None]:
        signs.start_loop()
        begun = watch.record.loop_beat
        found = []
        with monkeypatch.context() as clock:
            for seconds in (1.0, 1.2):
                clock.setattr(time, "monotonic", partial(add, begun, seconds))
                found += [signs.standstill, signs.serving_standstill]
        signs.stop_loop()
        return found

    before, serving_before, after, serving_after = asyncio.run(live_and_hang())
    assert (before, serving_before) == (None, None), "at first it moves"
    assert "the event loop has not moved for" in (after or "")
    assert serving_after == after


def test_a_worker_serves_on_while_the_volume_keeps_the_registry_from_it(
    watch: CallWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = VitalSigns(watch, call_seconds=1.0, poll_seconds=0.0)
    later = time.monotonic() + 11
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert "the registry has not been read for" in (signs.standstill or ""), "no heartbeats"
    assert signs.serving_standstill is None, "a new process could not load the model"
    with watch.loading(DIGEST):
        assert signs.standstill is None, "loading takes long"
        assert watch.record.digest(0) == DIGEST
    signs.note_followed()
    assert signs.standstill is None


@pytest.mark.parametrize(
    ("cause", "count"),
    [
        (MemoryError(), 1),
        (RuntimeError("Failed to allocate memory for requested buffer of size 8"), 1),
        (RuntimeError("std::bad_alloc"), 1),
        (ValueError("found NaN"), 0),
    ],
)
def test_a_call_without_memory_is_counted(watch: CallWatch, cause: Exception, count: int) -> None:
    with pytest.raises(ServableError):
        WatchedServable(Failing(cause), DIGEST, watch).predict(ROWS)
    assert watch.record.memory_failures == count
    assert watch.longest_call() == 0
    with pytest.raises(ServableError), watch.loading(DIGEST):
        raise ServableError("It cannot be loaded.")
    assert not watch.is_loading()
