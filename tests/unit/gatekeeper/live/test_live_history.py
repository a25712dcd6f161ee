"""The history sums what all workers counted, and reads a finished hour once."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper.live import finished_hours, left_out, open_hours, unread_hours, worker_hours
from gatekeeper.live.live_history import QUIET_SECONDS, LiveHistory
from shared.contract.layout import live_hour_name
from shared.live.hour import LATENCY_EDGES, FeatureCounts, LiveHour, Requests, VersionCounts
from shared.store.store import ModelStore
from tests.support.stores.live_hours import write_hour

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
THIS_HOUR = datetime(2026, 1, 31, 12, tzinfo=UTC)
DIGEST = f"sha256:{'1' * 64}"
BINS = "2" * 64


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def counted(rows: int, version: int = 1, reference: str = BINS) -> VersionCounts:
    return VersionCounts(
        version=version,
        digest=DIGEST,
        reference=reference,
        requests=Requests(answered=rows, rejected=1, failed=2),
        rows=rows,
        latencies=(rows, *(0 for _ in LATENCY_EDGES)),
        minutes=(),
        counted_rows=rows,
        predictions=(rows, 0, 0),
        probabilities=(0,) * 19 + (rows,),
        features=(
            FeatureCounts(counts=(rows - 1, 0), missing=1, unseen=0),
            FeatureCounts(counts=(0, rows, 0), missing=0, unseen=0),
        ),
    )


def write(
    store: ModelStore, worker: str, *counts: VersionCounts, hour: datetime = THIS_HOUR
) -> Path:
    write_hour(store, LiveHour(worker=worker, hour=hour, versions=counts))
    return store.layout.live_hour(worker, live_hour_name(hour))


def age(path: Path, seconds: float = QUIET_SECONDS + 60) -> None:
    """Let a file look as if it was written some time ago."""
    changed = time.time() - seconds
    os.utime(path, (changed, changed))


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def history(store: ModelStore, clock: Clock) -> LiveHistory:
    return LiveHistory(store.layout, clock=clock)


def rows_by_hour(history: LiveHistory) -> dict[str, list[tuple[int, int]]]:
    found = history.hours(NOW - timedelta(days=60), NOW + timedelta(days=1))
    return {
        live_hour_name(each.hour): [(sums.version, sums.rows) for sums in each.versions]
        for each in found
    }


def test_an_hour_is_the_sum_over_workers_for_each_version(
    store: ModelStore, history: LiveHistory
) -> None:
    write(store, "a-1", counted(10), counted(7, version=2))
    write(store, "b-1", counted(32))
    assert history.refresh(60)
    (hour,) = history.hours(THIS_HOUR, THIS_HOUR + HOUR)
    first, second = hour.versions
    assert (first.version, first.rows, second.version, second.rows) == (1, 42, 2, 7)
    assert first.requests == Requests(answered=42, rejected=2, failed=4)
    assert first.predictions == (42, 0, 0)
    assert first.probabilities[-1] == 42
    assert first.latencies[0] == 42
    assert [each.counts for each in first.features] == [(40, 0), (0, 42, 0)]
    assert first.features[0].missing == 2


def test_counts_in_bins_of_another_reference_are_not_added(
    store: ModelStore, history: LiveHistory
) -> None:
    write(store, "a-1", counted(10))
    write(store, "b-1", counted(32, reference="3" * 64))
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T12": [(1, 10), (1, 32)]}


def test_an_hour_that_lasts_is_read_again_after_each_change(
    store: ModelStore, history: LiveHistory
) -> None:
    write(store, "a-1", counted(10))
    history.refresh(60)
    write(store, "a-1", counted(25))
    write(store, "new-1", counted(5))
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T12": [(1, 30)]}


def test_a_finished_hour_is_kept_once_when_its_workers_are_gone(
    store: ModelStore, history: LiveHistory, clock: Clock
) -> None:
    paths = [write(store, "a-1", counted(10)), write(store, "b-1", counted(32))]
    history.refresh(60)
    write(store, "b-1", counted(40))  # the last write comes after the last look
    clock.now += 3 * HOUR
    history.refresh(60)
    history.refresh(60)
    for path in paths:
        path.unlink()
        path.parent.rmdir()
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T12": [(1, 50)]}


def test_old_hours_are_read_at_the_start_and_forgotten_after_the_days(
    store: ModelStore, history: LiveHistory, clock: Clock
) -> None:
    for days in (1, 29, 31):
        write(store, "a-1", counted(days), hour=THIS_HOUR - timedelta(days=days))
    history.refresh(60)
    assert rows_by_hour(history) == {"20260102T12": [(1, 29)], "20260130T12": [(1, 1)]}
    clock.now += timedelta(days=2)
    history.refresh(60)
    assert rows_by_hour(history) == {"20260130T12": [(1, 1)]}


def test_a_short_refresh_goes_on_where_the_last_one_ended(
    store: ModelStore, history: LiveHistory
) -> None:
    for worker in range(3):
        for hours in range(3, 9):
            write(store, f"w-{worker}", counted(2), hour=THIS_HOUR - hours * HOUR)
    assert not history.refresh(0)
    before = history.is_complete
    while not history.refresh(0.001):
        pass
    assert (before, history.is_complete) == (False, True)
    assert rows_by_hour(history) == {
        live_hour_name(THIS_HOUR - hours * HOUR): [(1, 6)] for hours in range(3, 9)
    }


def test_each_refresh_reads_some_of_everything_that_waits(
    store: ModelStore, history: LiveHistory
) -> None:
    for worker in range(3):
        for hours in (0, 3, 4):
            age(write(store, f"w-{worker}", counted(2), hour=THIS_HOUR - hours * HOUR))
    for rows in range(2, 20):
        write(store, "w-0", counted(rows))  # it changes before each refresh
        history.refresh(0)
    assert history.is_complete
    found = rows_by_hour(history)
    assert [found["20260131T08"], found["20260131T09"]] == [[(1, 6)], [(1, 6)]]
    assert found["20260131T12"][0][1] > 15


def test_a_finished_hour_is_read_for_good_when_its_file_no_longer_changes(
    store: ModelStore, history: LiveHistory
) -> None:
    hour = THIS_HOUR - 3 * HOUR
    for rows in (10, 25):
        path = write(store, "a-1", counted(rows), hour=hour)
        history.refresh(60)
        assert rows_by_hour(history) == {"20260131T09": [(1, rows)]}
    age(path)
    history.refresh(60)
    write(store, "a-1", counted(40), hour=hour)
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T09": [(1, 25)]}


def test_a_worker_that_comes_back_is_not_counted_twice(
    store: ModelStore, history: LiveHistory
) -> None:
    for worker in ("a-1", "b-1"):
        age(write(store, worker, counted(10), hour=THIS_HOUR - 5 * HOUR))
        write(store, worker, counted(3))
    history.refresh(60)
    before = rows_by_hour(history)
    hidden = store.layout.live.rename(store.layout.root / "hidden")
    history.refresh(60)
    hidden.rename(store.layout.live)
    history.refresh(60)
    history.refresh(60)
    assert before == rows_by_hour(history) == {"20260131T07": [(1, 20)], "20260131T12": [(1, 6)]}


def test_of_too_many_workers_those_that_wrote_last_are_read(
    store: ModelStore, history: LiveHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_hours, "MAX_WORKERS", 2)
    for worker, rows, seconds in (("a-1", 1, 10), ("b-1", 2, 500), ("c-1", 4, 20)):
        age(write(store, worker, counted(rows)).parent, seconds)
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T12": [(1, 5)]}


def test_too_many_numbers_of_hours_that_change_are_left_out_until_they_are_finished(
    store: ModelStore, history: LiveHistory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_hours, "MAX_OPEN_NUMBERS", 300)
    monkeypatch.setattr(unread_hours, "LIST_SECONDS", 0.0)
    paths = [write(store, worker, counted(10)) for worker in ("a-1", "b-1")]
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T12": [(1, 10)]}
    assert "at most 300 numbers of hours that may change" in " ".join(history.left_out)
    for path in paths:
        age(path)
    clock.now += 3 * HOUR
    history.refresh(60)
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T12": [(1, 20)]}


def test_the_oldest_hours_are_left_out_if_all_have_too_many_numbers(
    store: ModelStore, history: LiveHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finished_hours, "MAX_FINISHED_NUMBERS", 600)
    for hours in range(3, 8):
        age(write(store, "a-1", counted(hours), hour=THIS_HOUR - hours * HOUR))
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T08": [(1, 4)], "20260131T09": [(1, 3)]}
    assert "The counts of 20260131T05 are left out" in " ".join(history.left_out)


def test_a_clock_that_is_set_back_counts_no_hour_twice(
    store: ModelStore, history: LiveHistory, clock: Clock
) -> None:
    write(store, "a-1", counted(10))
    history.refresh(60)
    clock.now += 3 * HOUR
    history.refresh(60)
    clock.now = NOW
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T12": [(1, 10)]}


def test_a_damaged_hour_is_left_out_and_named(
    store: ModelStore, history: LiveHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_out, "MAX_LEFT_OUT", 3)
    write(store, "a-1", counted(10))
    write(store, "b-1", counted(2**50))
    old = write(store, "c-1", counted(10), hour=THIS_HOUR - 5 * HOUR)
    old.write_bytes(b"{")
    moved = write(store, "d-1", counted(10))
    (store.layout.live / "e-1").mkdir()
    moved.rename(store.layout.live_hour("e-1", moved.stem))
    (store.layout.live / "f-1").symlink_to(store.layout.live / "a-1")
    history.refresh(60)
    assert rows_by_hour(history) == {"20260131T12": [(1, 10)]}
    assert len(history.left_out) == 3
    assert "counts of d-1" in " ".join(history.left_out)


def test_a_store_without_counts_has_no_hours(history: LiveHistory) -> None:
    assert history.refresh(60)
    assert rows_by_hour(history) == {}
