"""Counts reach the volume when they change, survive its failures, and follow the clock."""

import logging
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest

from predictor.live.live_writer import MAX_UNWRITTEN_HOURS
from shared.contract.layout import live_hour_name
from shared.errors import StoreWriteError
from shared.live.hour import LiveHour
from shared.live.live_hours import LiveHours
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.live_hours import write_hour
from tests.unit.predictor.live.counting import NOON, WORKER, Counting, serve, total

HOUR = 3600


@pytest.fixture
def counting(store: ModelStore) -> Counting:
    return Counting(store)


def directory(store: ModelStore) -> Path:
    return store.layout.live / WORKER


def rows_of(counting: Counting) -> list[list[int]]:
    """List the rows of each hour and version."""
    return [[version.rows for version in hour.versions] for hour in counting.hours]


def test_nothing_is_written_without_new_counts(store: ModelStore, counting: Counting) -> None:
    served = serve(store)
    counting.start(served)
    counting.writer.write()
    assert not store.layout.live.exists()
    counting.answer(served)
    counting.writer.write()
    (path,) = directory(store).iterdir()
    assert path.name == f"{live_hour_name(datetime.fromtimestamp(NOON, UTC))}.json"
    assert path.stat().st_mode & 0o777 == 0o644
    inode = path.stat().st_ino
    counting.writer.write()
    assert path.stat().st_ino == inode
    counting.answer(served)
    counting.writer.write()
    assert path.stat().st_ino != inode
    assert counting.only.requests.answered == 2


def test_rows_are_counted_once_however_often_they_are_collected(
    store: ModelStore, counting: Counting
) -> None:
    served = serve(store)
    counting.start(served)
    for _ in range(3):
        counting.answer(served, rows=4)
        counting.writer.collect()
        counting.writer.collect()
        counting.writer.write()
    assert counting.only.counted_rows == total(counting.only) == 12


def test_the_rows_of_a_finished_hour_stay_in_it(store: ModelStore, counting: Counting) -> None:
    """Sample rows just before the hour ends, and count them in their bins after it."""
    served = serve(store)
    counting.start(served)
    counting.clock.now += HOUR - 0.1
    counting.answer(served, rows=5)
    counting.clock.now += 0.2
    counting.answer(served, rows=7)
    counting.writer.write()
    assert [hour.versions[0].counted_rows for hour in counting.hours] == [5, 7]
    assert [hour.versions[0].rows for hour in counting.hours] == [5, 7]


@pytest.mark.parametrize("back", [60, HOUR, 5 * HOUR, 40 * HOUR])
def test_a_clock_that_is_set_back_neither_loses_nor_repeats_counts(
    store: ModelStore, counting: Counting, back: int
) -> None:
    served, later = serve(store), serve(store, toy_model(bias=1.0))
    counting.start(served)
    counting.clock.now -= back
    for _ in range(3):
        counting.answer(served, rows=2)
        counting.writer.write()
        counting.clock.now += back
        counting.answer(served, rows=3)
        counting.writer.write()
        counting.writer.write()  # the hour that is over leaves the memory
        counting.clock.now -= back
    counting.start(later)
    counting.answer(later)
    counting.writer.write()
    versions = [version for hour in counting.hours for version in hour.versions]
    assert sum(each.requests.answered for each in versions) == 7
    assert sum(each.rows for each in versions) == 16
    assert sum(map(total, versions)) == 16
    assert sum(minute.requests for each in versions for minute in each.minutes) == 7
    first = counting.hours[0].versions
    assert [each.version for each in first] == [1, 2]


def test_a_damaged_file_of_an_earlier_hour_is_replaced_and_reported(
    store: ModelStore, counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(store)
    counting.start(served)
    directory(store).mkdir(parents=True)
    path = store.layout.live_hour(WORKER, live_hour_name(datetime.fromtimestamp(NOON, UTC)))
    path.write_bytes(b"{")
    counting.answer(served)
    counting.writer.write()
    assert counting.only.requests.answered == 1
    assert "The earlier live counts of this hour are lost" in caplog.text


def test_counts_wait_for_a_volume_that_cannot_be_written_and_are_reported_once(
    store: ModelStore, counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    served = serve(store)
    counting.start(served)
    store.layout.live.write_bytes(b"in the way")
    for _ in range(5):
        counting.answer(served, rows=2)
        counting.writer.write()
        counting.clock.now += HOUR
    assert caplog.text.count("live counts cannot be written") == 1
    page = counting.page()
    assert page("modelgate_predictor_live_write_failures_total") == 1 + 2 + 3 + 4 + 5
    assert page("modelgate_predictor_live_unwritten_timestamp_seconds", worker="0")
    store.layout.live.unlink()
    counting.writer.write()
    assert "The live counts can be written again." in caplog.text
    assert [hour.versions[0].rows for hour in counting.hours] == [2] * 5
    assert [total(hour.versions[0]) for hour in counting.hours] == [2] * 5
    page = counting.page()
    assert page("modelgate_predictor_live_unwritten_timestamp_seconds", worker="0") == 0
    assert page("modelgate_predictor_live_counted_rows_total") == 10
    assert page("modelgate_predictor_live_dropped_total") == 0


def test_the_hours_that_wait_for_a_volume_are_bounded(
    store: ModelStore, counting: Counting
) -> None:
    served = serve(store)
    counting.start(served)
    store.layout.live.write_bytes(b"in the way")
    for _ in range(MAX_UNWRITTEN_HOURS + 3):
        counting.answer(served)
        counting.writer.write()
        counting.clock.now += HOUR
    store.layout.live.unlink()
    counting.writer.write()
    assert len(counting.hours) == MAX_UNWRITTEN_HOURS
    assert counting.page()("modelgate_predictor_live_dropped_total") == 3


def test_a_write_that_failed_is_repeated_with_the_counts_since(
    store: ModelStore, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail once, as after ESTALE or on a full disk, while requests go on."""
    served = serve(store)
    counting.start(served)
    write, failures = LiveHours.write, [StoreWriteError(store.layout.live, OSError(116, "stale"))]

    def fail_once(hours: LiveHours, hour: LiveHour) -> None:
        counting.answer(served)
        if failures:
            raise failures.pop()
        write(hours, hour)

    monkeypatch.setattr(LiveHours, "write", fail_once)
    counting.answer(served)
    for _ in range(3):
        counting.writer.write()
    monkeypatch.undo()
    counting.writer.write()
    assert counting.only.requests.answered == 4
    assert total(counting.only) == 4


def test_an_error_while_rows_are_counted_loses_only_these_rows(
    store: ModelStore,
    counting: Counting,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    served = serve(store)
    counting.start(served)
    with monkeypatch.context() as patch:
        patch.setattr("predictor.live.live_writer.count_in_bins", lambda _rows: 1 / 0)
        for _ in range(2):
            counting.answer(served, rows=3)
            counting.writer.write()
    assert caplog.text.count("the rows cannot be counted: division by zero") == 1
    counting.answer(served, rows=3)
    counting.writer.write()
    assert (counting.only.rows, counting.only.counted_rows) == (9, 3)


def test_the_thread_writes_by_itself_removes_old_hours_and_writes_the_last_counts(
    store: ModelStore,
) -> None:
    counting, served = Counting(store), serve(store)
    counting.clock.now = datetime.now(UTC).timestamp()
    counting.start(served)
    old = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=31)
    write_hour(store, LiveHour(worker=WORKER, hour=old, versions=()))
    counting.answer(served)
    counting.writer.start()
    wait_for(lambda: rows_of(counting) == [[1]], "the first counts, and the end of the old ones")
    counting.answer(served, rows=4)
    counting.writer.stop(30)
    assert counting.only.rows == total(counting.only) == 5


def test_a_worker_whose_clock_is_ahead_removes_no_counts(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    for worker in (WORKER, "gone"):
        write_hour(store, LiveHour(worker=worker, hour=hour, versions=()))

    class ClockAhead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(now.timestamp(), tz) + timedelta(days=60)

    counting, served = Counting(store), serve(store)
    counting.clock.now = now.timestamp()
    counting.start(served)
    with monkeypatch.context() as patch:
        patch.setattr("predictor.live.live_writer.datetime", ClockAhead)
        patch.setattr("shared.live.old_hours.datetime", ClockAhead)
        counting.writer.start()
        counting.answer(served)
        wait_for(lambda: counting.hours[-1].versions, "the first counts")
        counting.writer.stop(30)
    found = LiveHours(store.layout)
    assert found.workers() == ["gone", WORKER]
    assert counting.only.rows == 1


def test_a_writer_that_was_never_started_can_be_stopped(counting: Counting) -> None:
    counting.writer.stop(30)
