"""Old segments, and the oldest ones above the limit, are removed by one worker."""

import os

import pytest

from predictor.prediction_log.old_segments import EMPTY_SECONDS, MAX_REMOVED
from shared.store.store import ModelStore
from tests.unit.predictor.prediction_log.keeping_segments import OTHER, Keeping

DAY = 86_400


def test_old_segments_are_removed_also_those_of_dead_workers(store: ModelStore) -> None:
    keeping = Keeping(store, days=2)
    keeping.leave("00000001.jsonl", b"1\n", age=2 * DAY + 60)
    keeping.leave("00000002.jsonl", b"2\n", age=2 * DAY - 60)
    keeping.leave("notes.txt", b"mine\n", age=9 * DAY)

    keeping.keep()

    assert keeping.names(OTHER) == ["00000002.jsonl", "notes.txt"]


def test_the_oldest_segments_make_room_for_new_ones(store: ModelStore) -> None:
    keeping = Keeping(store, max_bytes=5_000)
    for number in range(1, 9):
        keeping.leave(f"{number:08d}.jsonl", bytes(999) + b"\n", age=1000 - number)
    keeping.segment.append(bytes(999) + b"\n")

    keeping.keep()

    assert keeping.names(OTHER) == [f"{number:08d}.jsonl" for number in (5, 6, 7, 8)]
    assert keeping.names() == [".tmp-00000001.jsonl"]


@pytest.mark.thorough
def test_one_round_removes_a_bounded_number_of_segments(store: ModelStore) -> None:
    keeping = Keeping(store)
    for number in range(1, MAX_REMOVED + 3):
        keeping.leave(f"{number:08d}.jsonl", b"1\n", age=9 * DAY)

    keeping.keep()
    assert len(keeping.names(OTHER)) == 2
    keeping.keep()
    assert keeping.names(OTHER) == []


def test_only_one_of_the_living_workers_looks_for_old_segments(store: ModelStore) -> None:
    keeping = Keeping(store)
    first = keeping.layout.heartbeat("a-host-1-00000000")
    first.parent.mkdir(parents=True, exist_ok=True)
    first.write_bytes(b"{}")
    (keeping.layout.predictions / "a-host-1-00000000").mkdir(parents=True)
    old = keeping.leave("00000001.jsonl", b"1\n", age=9 * DAY)

    keeping.keep()
    assert old.exists()

    first.unlink()
    keeping.keep()
    assert not old.exists()


def test_the_empty_directory_of_a_dead_worker_is_removed(store: ModelStore) -> None:
    keeping = Keeping(store)
    path = keeping.leave(".tmp-00000001.jsonl", b"")
    keeping.keep()
    assert path.parent.is_dir()  # it may have just been made

    now = path.parent.stat().st_mtime
    os.utime(path.parent, (now - EMPTY_SECONDS - 60, now - EMPTY_SECONDS - 60))
    keeping.keep()

    assert not path.parent.exists()
