"""Old counts are removed, and those of all workers at last."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.contract.layout import StoreLayout, live_hour_name
from shared.live.hour import LiveHour
from shared.live.live_hours import LiveHours
from shared.live.old_hours import ROUNDS, OldHours, read_time
from tests.support.processes.unprivileged_user import as_another_user

NOW = datetime(2026, 1, 31, 11, 30, tzinfo=UTC)
OLD = NOW - timedelta(days=31)


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path)


def count(layout: StoreLayout, worker: str, *times: datetime) -> None:
    for time in times:
        begin = time.replace(minute=0)
        LiveHours(layout).write(LiveHour(worker=worker, hour=begin, versions=()))


def test_only_old_hours_and_empty_directories_are_removed(layout: StoreLayout) -> None:
    count(layout, "gone", OLD, OLD - timedelta(hours=1))
    count(layout, "live", OLD, NOW - timedelta(days=29))
    (layout.live / "new").mkdir()
    (layout.live / "foreign").mkdir()
    (layout.live / "foreign/notes.txt").touch()
    (layout.live / "linked").symlink_to(layout.live / "live")
    leftover = layout.live / "live/.tmp-killed"
    leftover.touch()
    os.utime(leftover, (OLD.timestamp(), OLD.timestamp()))
    assert OldHours(layout, days=30).remove(NOW) == 4
    assert sorted(os.listdir(layout.live)) == ["foreign", "linked", "live", "new"]
    assert os.listdir(layout.live / "live") == ["20260102T11.json"]


def test_an_empty_directory_is_removed_after_hours(layout: StoreLayout) -> None:
    directory = layout.live / "gone"
    directory.mkdir(parents=True)
    os.utime(directory, (NOW.timestamp() - 7 * 3600, NOW.timestamp() - 7 * 3600))
    assert OldHours(layout, days=30).remove(NOW, "live") == 0
    assert not directory.exists()


def test_a_worker_removes_its_own_old_hours_at_once_and_those_of_all_in_a_day(
    layout: StoreLayout,
) -> None:
    for index in range(2 * 32 + 1):
        count(layout, f"gone-{index}", OLD)
    count(layout, "live", OLD, NOW)
    old_hours = OldHours(layout, days=30)
    assert old_hours.remove(NOW, "live") == 1 + 32
    assert LiveHours(layout).hours("live") == [live_hour_name(NOW)]
    for _ in range(ROUNDS - 1):
        old_hours.remove(NOW, "live")
    assert os.listdir(layout.live) == ["live"]


@pytest.mark.parametrize("worker", [None, "other"])
def test_the_hours_of_a_worker_with_a_heartbeat_are_left_to_it(
    layout: StoreLayout, worker: str | None
) -> None:
    count(layout, "live", OLD)
    count(layout, "gone", OLD)
    layout.serving.mkdir()
    layout.heartbeat("live").touch()
    old_hours = OldHours(layout, days=30)
    assert old_hours.remove(NOW, worker) == 1
    assert os.listdir(layout.live) == ["live"]
    assert old_hours.remove(NOW, "live") == 1
    assert not os.listdir(layout.live)


def test_the_time_is_that_of_the_volume(
    layout: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    monkeypatch.setattr("time.time", lambda: NOW.timestamp() + 10 * 365 * 86400)
    assert before < read_time(layout.serving) < before + timedelta(minutes=5)
    assert os.listdir(layout.serving) == []


def test_a_user_without_rights_leaves_old_hours_to_their_owner(
    layout: StoreLayout, open_to_all: Callable[[Path], None]
) -> None:
    count(layout, "gone", OLD)
    open_to_all(layout.root)

    def remove() -> None:
        assert OldHours(layout, days=30).remove(NOW) == 0

    as_another_user(remove)
    assert LiveHours(layout).hours("gone") == [live_hour_name(OLD)]


def test_a_store_without_counts_has_nothing_to_remove(layout: StoreLayout) -> None:
    assert OldHours(layout, days=30).remove(NOW) == 0
