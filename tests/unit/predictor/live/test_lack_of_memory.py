"""A worker that has no memory left for counts answers, and counts again as soon as it can."""

from datetime import UTC, datetime

import pytest

from predictor.live.hour_tally import RequestSnapshot, VersionTally
from predictor.live.live_counter import LiveCounter, Snapshot
from shared.store.store import ModelStore
from tests.support.processes.wait_until import wait_for
from tests.unit.predictor.live.counting import Counting, serve, total


@pytest.fixture
def counting(store: ModelStore) -> Counting:
    return Counting(store)


def without_memory(*_args: object) -> None:
    raise MemoryError


def test_rows_that_cannot_be_copied_neither_fail_an_answer_nor_stop_the_sample(
    store: ModelStore,
    counting: Counting,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Find no memory for a while, in the middle of a sample."""
    served = serve(store)
    counting.start(served)
    counting.answer(served, rows=4)
    with monkeypatch.context() as patch:
        patch.setattr("predictor.live.live_counter.take_rows", without_memory)
        for _ in range(3):
            counting.answer(served, rows=5)
    for _ in range(300):
        counting.answer(served, rows=2)
    counting.writer.write()
    found = counting.only
    assert (found.rows, found.requests.answered) == (4 + 15 + 600, 304)
    assert total(found) == found.counted_rows >= 250
    assert caplog.text.count("some live counts are lost: MemoryError") == 1


def test_replies_that_cannot_be_counted_are_delivered_and_later_ones_are_counted(
    store: ModelStore, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(store)
    counting.start(served)
    with monkeypatch.context() as patch:
        patch.setattr(VersionTally, "minute", without_memory)
        counting.answer(served)
    counting.answer(served)
    counting.writer.write()
    assert counting.only.requests.answered == 1


def test_counts_that_cannot_be_copied_are_written_later(
    store: ModelStore, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(store)
    counting.start(served)
    for _ in range(2):
        counting.answer(served)
        counting.clock.now += 3600
    with monkeypatch.context() as patch:
        patch.setattr(RequestSnapshot, "take", without_memory)
        with pytest.raises(MemoryError):
            counting.writer.write()
    counting.writer.write()
    assert [total(hour.versions[0]) for hour in counting.hours] == [1, 1]


def test_the_thread_survives_a_lack_of_memory_and_reports_it_once(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    counting, served = Counting(store), serve(store)
    counting.clock.now = datetime.now(UTC).timestamp()
    counting.start(served)
    snapshot, failures = LiveCounter.snapshot, [MemoryError(), MemoryError()]

    def fail_twice(counter: LiveCounter) -> Snapshot:
        if failures:
            raise failures.pop()
        return snapshot(counter)

    monkeypatch.setattr(LiveCounter, "snapshot", fail_twice)
    counting.answer(served)
    counting.writer.start()
    wait_for(
        lambda: [hour.versions[0].rows for hour in counting.hours] == [1],
        "the counts after two failures",
    )
    counting.writer.stop(30)
    assert counting.only.rows == 1
    assert caplog.text.count("the live counts cannot be collected: MemoryError") == 1
