"""A worker counts for as long as it beats."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from shared.contract.heartbeat import Heartbeat
from shared.store import heartbeats
from shared.store.heartbeats import Heartbeats
from shared.store.store import ModelStore
from tests.support.stores.opened_files import opened_files

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


class Clock:
    """A monotonic clock that the test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_five_missed_beats_make_a_worker_gone(store: ModelStore) -> None:
    clock = Clock()
    reader = Heartbeats(store.layout, clock)
    for name, age in (("a", 0.0), ("hour-ahead", -3600.0), ("dead", 0.0), ("dead-ahead", -3600.0)):
        store.heartbeats.write(beat(name, age))
    assert reader.survey().unjudged == {"a", "hour-ahead", "dead", "dead-ahead"}
    for clock.seconds in (2.0, 4.0, 5.1):
        store.heartbeats.write(beat("a", -clock.seconds))
        store.heartbeats.write(beat("hour-ahead", -3600 - clock.seconds))
        survey = reader.survey()
    assert survey.live == {"a", "hour-ahead"}
    assert not survey.unjudged
    assert [heartbeat.worker for heartbeat in reader.live()] == ["a", "hour-ahead"]
    assert len(reader.all()) == 4


def test_a_recent_survey_is_used_again_until_a_worker_comes_or_goes(store: ModelStore) -> None:
    clock = Clock()
    reader = Heartbeats(store.layout, clock)
    store.heartbeats.write(beat("a"))
    store.heartbeats.write(beat("b"))
    first = reader.recent_survey()
    assert [each.worker for each in first.heartbeats] == ["a", "b"]
    with opened_files() as opened:
        assert reader.recent_survey() is first
    assert not [name for name in opened if str(name).endswith(".json")]
    store.heartbeats.write(beat("c"))
    assert [each.worker for each in reader.recent_survey().heartbeats] == ["a", "b", "c"]
    store.heartbeats.remove("a")
    assert [each.worker for each in reader.recent_survey().heartbeats] == ["b", "c"]
    store.heartbeats.remove("b")
    store.heartbeats.write(beat("d"))
    second = reader.recent_survey()
    assert [each.worker for each in second.heartbeats] == ["c", "d"], "as many as before"
    clock.seconds = heartbeats.RECENT_SECONDS + 0.1
    assert reader.recent_survey() is not second


def test_the_dead_are_removed_and_the_living_are_kept_whatever_their_clocks_say(
    store: ModelStore,
) -> None:
    clock = Clock()
    mine = Heartbeats(store.layout, clock)
    for name, age in (("me", 0.0), ("alive", 3600.0), ("dead", 0.0), ("dead-ahead", -3600.0)):
        store.heartbeats.write(beat(name, age))
    mine.remove_dead("me")
    for clock.seconds in (10.0, 20.0, 30.0):
        store.heartbeats.write(beat("alive", 3600.0 - clock.seconds))
        mine.remove_dead("me")
    assert sorted(os.listdir(store.layout.serving)) == ["alive.json", "me.json"]


def test_temporary_files_that_stay_are_removed(store: ModelStore) -> None:
    clock = Clock()
    mine = Heartbeats(store.layout, clock)
    names = (".tmp-b.json-1-ff", ".nfs0000000000000a2b00000001", ".fuse_hidden0000000a00000001")
    for name in names:
        (store.layout.serving / name).touch()
        os.utime(store.layout.serving / name, (0, 0))
    mine.remove_dead("me")
    clock.seconds = 60.1
    (store.layout.serving / ".tmp-new.json-1-ff").touch()
    mine.remove_dead("me")
    assert sorted(os.listdir(store.layout.serving)) == sorted([*names[1:], ".tmp-new.json-1-ff"])


def test_a_worker_watches_a_few_others_so_that_a_large_fleet_reads_little(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "WATCHED", 2)
    clock = Clock()
    mine = Heartbeats(store.layout, clock)
    for name in "abcdefghij":
        store.heartbeats.write(beat(name))
    left = []
    for clock.seconds in range(0, 300, 10):
        mine.remove_dead("b")
        left.append("".join(name[0] for name in sorted(os.listdir(store.layout.serving))))
    assert left[2:4] == ["abcdefghij", "bcdefghi"], "the last one is before the first"
    assert left[-1] == "b", "while some are gone, it watches more"


def test_an_unreadable_heartbeat_is_left_out(store: ModelStore) -> None:
    store.heartbeats.write(beat("a"))
    (store.layout.serving / "torn.json").write_text("{")
    (store.layout.serving / "notes.txt").touch()
    assert [heartbeat.worker for heartbeat in store.heartbeats.all()] == ["a"]


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("b.json", {}, "b.json is the heartbeat of a"),
        ("a b.json", {}, "is not named after a worker"),
        ("a.json", {"heartbeat_seconds": 1e300}, "less than or equal to 3600"),
        ("a.json", {"beat_at": "0001-01-01T00:00:00+14:00"}, "expected a time from 1970 to 9998"),
        ("a.json", {"beat_at": "9999-12-31T23:59:59Z"}, "expected a time from 1970 to 9998"),
        ("a.json", {"versions": {"x" * 101: "1"}}, "at most 100 characters"),
        ("a.json", {"last_error": "x" * 20_000}, "at most 16384 are read"),
    ],
)
def test_a_heartbeat_that_makes_no_sense_is_left_out_and_named(
    store: ModelStore, name: str, changes: dict[str, object], reason: str
) -> None:
    document = json.loads(beat("a").encode()) | changes
    (store.layout.serving / name).write_text(json.dumps(document))
    survey = store.heartbeats.survey()
    (left_out,) = survey.left_out
    assert (survey.heartbeats, left_out.name) == ((), name)
    assert reason in left_out.reason
    assert str(store.layout.root) not in left_out.reason


def test_of_too_many_heartbeats_the_newest_are_read(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "MAX_HEARTBEATS", 2)
    for number, worker in enumerate("abc"):
        store.heartbeats.write(beat(worker))
        os.utime(store.layout.heartbeat(worker), (100 - number,) * 2)
    survey = store.heartbeats.survey()
    assert ([each.worker for each in survey.heartbeats], survey.not_read) == (["a", "b"], 1)
