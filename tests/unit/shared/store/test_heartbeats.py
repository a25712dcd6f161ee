"""A worker counts for as long as it beats."""

import os
from datetime import UTC, datetime, timedelta

from shared.contract.heartbeat import Heartbeat
from shared.store.store import ModelStore

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def beat(worker: str, age_seconds: float = 0.0) -> Heartbeat:
    return Heartbeat(
        worker=worker,
        host="host",
        pid=17,
        beat_at=NOW - timedelta(seconds=age_seconds),
        heartbeat_seconds=1.0,
        desired_version=None,
        desired_digest=None,
        serving_version=None,
        serving_digest=None,
        loaded_at=None,
        last_error=None,
    )


def test_five_missed_beats_make_a_worker_gone(store: ModelStore) -> None:
    store.heartbeats.write(beat("a", age_seconds=5.0))
    store.heartbeats.write(beat("b", age_seconds=5.1))
    assert [heartbeat.worker for heartbeat in store.heartbeats.all()] == ["a", "b"]
    assert [heartbeat.worker for heartbeat in store.heartbeats.live(NOW)] == ["a"]


def test_the_dead_are_removed_with_what_they_left_half_written(store: ModelStore) -> None:
    store.heartbeats.write(beat("a"))
    store.heartbeats.write(beat("b", age_seconds=60))
    left_behind = store.layout.serving / ".tmp-b.json-1-ff"
    left_behind.touch()
    os.utime(left_behind, (0, 0))
    (store.layout.serving / ".tmp-new.json-1-ff").touch()
    store.heartbeats.remove_dead(NOW)
    assert sorted(os.listdir(store.layout.serving)) == [".tmp-new.json-1-ff", "a.json"]
    store.heartbeats.remove("a")
    assert store.heartbeats.all() == []


def test_an_unreadable_heartbeat_is_left_out(store: ModelStore) -> None:
    store.heartbeats.write(beat("a"))
    (store.layout.serving / "torn.json").write_text("{")
    (store.layout.serving / "notes.txt").touch()
    assert [heartbeat.worker for heartbeat in store.heartbeats.all()] == ["a"]
