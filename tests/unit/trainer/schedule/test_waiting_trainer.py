"""Runs by time: once for each time, one after the other, and again after a failure."""

from datetime import timedelta

import pytest

from shared.errors import StoreWriteError
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from shared.training.file_lock import FileLock
from tests.faults.killing import dies_before_change
from tests.support.stores.fake_services import decide
from tests.unit.trainer.schedule.waiting import DAY, MINUTE, Waiting


def test_a_run_begins_at_its_time_and_its_outcome_is_recorded(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="0 3 * * *", timezone="Europe/Vienna")
    waiting.step()
    assert f"{waiting.status.next_run:%d %H:%M}" == "01 02:00"
    waiting.to("2026-02-01T01:59:59Z")
    assert waiting.trainings == []
    waiting.to("2026-02-01T02:00:00Z")
    assert waiting.status.running
    assert waiting.status.running.causes == ("schedule",)
    decide(store, waiting.trainings[0].publish())
    waiting.step(MINUTE)
    last = waiting.status.last_run
    assert last
    assert (last.result, last.outcome, last.message) == ("decided", "promoted", None)
    assert waiting.status.failures == 0
    assert f"{waiting.status.next_run:%d %H:%M}" == "02 02:00"


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-03-27T12:00:00Z", "2026-03-31T12:00:00Z"),
        ("2026-10-23T12:00:00Z", "2026-10-27T12:00:00Z"),
    ],
    ids=["spring", "autumn"],
)
def test_each_day_of_a_change_of_the_clock_has_one_run(
    store: ModelStore, begin: str, end: str
) -> None:
    waiting = Waiting(store, begin, schedule="30 2 * * *", timezone="Europe/Vienna")
    days: list[int] = []
    while waiting.now.isoformat() < end:
        waiting.step(15 * MINUTE)
        if len(waiting.trainings) > len(days):
            days.append(waiting.now.day)
            waiting.end()
    assert days == list(range(int(begin[8:10]) + 1, int(end[8:10]) + 1))


def test_a_machine_asleep_over_three_runs_trains_once(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="0 * * * *")
    waiting.to("2026-01-31T15:10:00Z")
    waiting.end()
    waiting.step(MINUTE)
    assert len(waiting.trainings) == 1
    waiting.to("2026-01-31T16:00:00Z")
    assert len(waiting.trainings) == 2


def test_a_process_that_was_down_over_three_runs_trains_once(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="0 * * * *")
    waiting.now += timedelta(hours=3)
    waiting.restart()
    waiting.step()
    assert len(waiting.trainings) == 1


def test_a_training_longer_than_the_interval_is_followed_by_one_run(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="* * * * *")
    waiting.step(MINUTE)
    for _ in range(5):
        waiting.step(MINUTE)
        assert len(waiting.trainings) == 1
    waiting.end()
    waiting.step()
    assert len(waiting.trainings) == 2
    waiting.end()
    waiting.step()
    assert len(waiting.trainings) == 2


def test_a_failing_run_is_tried_again_after_twice_the_time(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="* * * * *")
    waiting.step(MINUTE)
    pauses = []
    for attempt in range(1, 9):
        waiting.trainings[-1].fail("The table is empty.\nIt has no rows.")
        waiting.step()
        status, failed_at = waiting.status, waiting.now
        assert status.last_run
        assert status.last_run.result == "failed"
        assert "The table is empty." in (status.last_run.message or "")
        assert (status.failures, status.next_run) == (attempt, status.retry_at)
        while len(waiting.trainings) == attempt:
            waiting.step(timedelta(seconds=30))
        pauses.append((waiting.now - failed_at) // MINUTE)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    waiting.end()
    assert (waiting.status.failures, waiting.status.retry_at) == (0, None)


@pytest.mark.parametrize(("status", "number"), [(-9, 9), (-15, 15), (143, 15), (130, 2)])
def test_a_killed_training_is_reported_and_not_repeated_at_once(
    store: ModelStore, status: int, number: int
) -> None:
    waiting = Waiting(store, schedule="* * * * *")
    waiting.step(MINUTE)
    waiting.trainings[0].status = status
    waiting.step()
    last = waiting.status.last_run
    assert last
    assert f"killed by signal {number}," in (last.message or "")
    assert (last.result, waiting.status.failures) == ("failed", 1)
    waiting.step(timedelta(seconds=59))
    assert len(waiting.trainings) == 1


def test_a_stopped_training_is_no_failure_and_runs_at_the_next_start(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="0 3 * * *")
    waiting.to("2026-02-01T03:00:00Z")
    waiting.trainer.stop(waiting.now)
    assert waiting.status.last_run
    assert (waiting.status.last_run.result, waiting.status.failures) == ("stopped", 0)
    waiting.restart()
    waiting.step(MINUTE)
    assert len(waiting.trainings) == 2


def test_a_new_schedule_has_missed_no_run(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="0 3 * * *")
    waiting.now += 10 * DAY
    waiting.restart(schedule="0 4 * * *")
    waiting.step()
    assert waiting.trainings == []
    assert f"{waiting.status.next_run:%d %H:%M}" == "11 04:00"


@pytest.mark.parametrize("is_restarted", [True, False])
def test_a_clock_that_was_years_ahead_does_not_stop_the_schedule(
    store: ModelStore, is_restarted: bool
) -> None:
    waiting = Waiting(store, "2031-01-31T12:00:00Z", schedule="0 * * * *")
    waiting.now -= 5 * 365 * DAY
    if is_restarted:
        waiting.restart()
    waiting.step()
    waiting.step(timedelta(hours=1))
    assert len(waiting.trainings) == 1


@pytest.mark.parametrize("is_restarted", [True, False])
def test_a_run_that_failed_under_a_clock_years_ahead_is_tried_again(
    store: ModelStore, is_restarted: bool
) -> None:
    waiting = Waiting(store, "2031-01-31T12:00:00Z", schedule="0 * * * *")
    waiting.step(timedelta(hours=1))
    waiting.trainings[0].fail("The table is empty.")
    waiting.step()
    waiting.now -= 5 * 365 * DAY
    if is_restarted:
        waiting.restart()
    waiting.step()
    latest = waiting.now + timedelta(hours=1)
    assert (waiting.status.retry_at, waiting.status.next_run) == (latest, latest)
    waiting.step(timedelta(minutes=59))
    assert len(waiting.trainings) == 1
    waiting.step(MINUTE)
    assert len(waiting.trainings) == 2


def test_a_clock_that_was_set_back_by_an_hour_repeats_no_run(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="0 * * * *")
    waiting.step(timedelta(hours=1))
    waiting.end()
    waiting.now -= timedelta(hours=1)
    waiting.restart()
    waiting.step()
    waiting.step(timedelta(minutes=59))
    assert len(waiting.trainings) == 1


def test_a_run_waits_for_a_training_that_somebody_started(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="* * * * *")
    by_hand = FileLock(store.layout.training_lock)
    assert by_hand.try_shared()
    waiting.step(MINUTE)
    assert (waiting.trainings, waiting.status.running) == ([], None)
    by_hand.close()
    waiting.step()
    assert len(waiting.trainings) == 1


def test_a_run_does_not_begin_while_its_status_cannot_be_written(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="* * * * *")
    store.layout.training_status.unlink()
    store.layout.training_status.mkdir()
    with pytest.raises(StoreWriteError):
        waiting.step(MINUTE)
    assert waiting.trainings == []
    store.layout.training_status.rmdir()
    waiting.step()
    assert len(waiting.trainings) == 1


def test_damaged_status_begins_anew_and_trains_nothing(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="0 * * * *")
    store.layout.training_status.write_bytes(b"{")
    waiting.now += timedelta(hours=3)
    waiting.restart()
    waiting.step()
    assert waiting.trainings == []


@pytest.mark.thorough
def test_a_kill_at_any_change_of_the_disk_neither_loses_nor_doubles_a_run(
    store: ModelStore,
) -> None:
    waiting, turn, expected = Waiting(store, schedule="0 3 * * *"), 0, 0
    is_killed = True
    while is_killed:
        turn, expected = turn + 1, expected + 1
        waiting.now += DAY
        is_killed = dies_before_change(turn, lambda: _run_once(waiting))
        waiting.restart()
        for _ in range(2):
            waiting.step(MINUTE)
            if waiting.trainings:
                waiting.end()
                waiting.trainings.clear()
        assert len(store.candidates.ids()) == expected, turn
        assert (waiting.status.running, waiting.status.failures) == (None, 0), turn
    assert turn > 20
    assert not [issue for issue in check_store(store) if issue.kind == "error"]


def _run_once(waiting: Waiting) -> None:
    waiting.step()
    waiting.end()
