"""live/: the counts of workers are written, read and refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.contract.layout import StoreLayout
from shared.errors import DocumentError, UnsafeFileError
from shared.live.hour import LiveHour
from shared.live.live_hours import LiveHours

WORKER = "host-1-a1"
HOUR = "20260131T11"
EMPTY = LiveHour(worker=WORKER, hour=datetime(2026, 1, 31, 11, tzinfo=UTC), versions=())


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path)


def test_a_written_hour_is_read_again(layout: StoreLayout) -> None:
    hours = LiveHours(layout)
    assert hours.workers() == []
    hours.write(EMPTY)
    hours.write(EMPTY, durable=True)
    assert hours.workers() == [WORKER]
    assert hours.hours(WORKER) == [HOUR]
    assert hours.read(WORKER, HOUR) == EMPTY
    assert [path.name for path in (layout.live / WORKER).iterdir()] == [f"{HOUR}.json"]
    assert layout.live_hour(WORKER, HOUR).stat().st_mode & 0o777 == 0o644


def test_counts_of_another_worker_or_hour_are_refused(layout: StoreLayout) -> None:
    hours = LiveHours(layout)
    hours.write(EMPTY)
    (layout.live / "thief").mkdir()
    layout.live_hour(WORKER, HOUR).rename(layout.live_hour("thief", HOUR))
    with pytest.raises(DocumentError, match="has the counts of host-1-a1"):
        hours.read("thief", HOUR)
    layout.live_hour("thief", HOUR).rename(layout.live_hour(WORKER, "20260131T12"))
    with pytest.raises(DocumentError, match="from 2026-01-31 11:00"):
        hours.read(WORKER, "20260131T12")


def test_links_and_unknown_names_are_not_read(layout: StoreLayout) -> None:
    hours = LiveHours(layout)
    hours.write(EMPTY)
    (layout.live / "linked").symlink_to(layout.live / WORKER)
    (layout.live / ".hidden").mkdir()
    (layout.live / WORKER / "notes.json").touch()
    assert hours.hours(WORKER) == [HOUR]
    assert hours.workers() == [WORKER, "linked"]
    with pytest.raises(UnsafeFileError):
        hours.hours("linked")
    with pytest.raises(UnsafeFileError):
        hours.read("linked", HOUR)
