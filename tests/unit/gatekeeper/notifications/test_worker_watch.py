"""Workers that cannot load a version are one event for each episode."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from gatekeeper.notifications.event_source import EventSource
from gatekeeper.notifications.worker_watch import SETTLE_SECONDS, WorkerWatch
from shared.contract.heartbeat import Heartbeat
from shared.following.notification_cursor import NotificationCursor
from shared.store.heartbeats import Heartbeats
from shared.store.store import ModelStore
from tests.support.stores.fake_services import worker

OTHER = f"sha256:{1:064x}"


@dataclass
class Fleet:
    """Two workers that beat once a second of a fake clock, and one cursor."""

    store: ModelStore
    now: float = 0.0
    error: str | None = None
    quarantined: tuple[str, ...] = ()
    version: int = 2
    watch: WorkerWatch = field(init=False)
    cursor: NotificationCursor = field(init=False)

    def __post_init__(self) -> None:
        self.watch = WorkerWatch(Heartbeats(self.store.layout, self.clock), self.clock)
        self.source = EventSource(self.store, self.watch)
        self.cursor = self.source.begin("one")

    def clock(self) -> float:
        return self.now

    def beat(self, seconds: int) -> list[str]:
        """Let time pass with beats and looks. Return the texts of the events."""
        texts = []
        for _ in range(seconds):
            self.now += 1.0
            for name in ("one", "two"):
                self.store.heartbeats.write(self._heartbeat(name))
            self.watch.look()
            self.cursor = self.source.advance(self.cursor)
            if self.cursor.pending:
                texts.append(self.cursor.pending.text)
                self.cursor = self.cursor.model_copy(update={"pending": None})
        return texts

    def _heartbeat(self, name: str) -> Heartbeat:
        is_bad = name == "two"
        changes: dict[str, object] = {
            "heartbeat_seconds": 1.0,
            "beat_at": datetime.fromtimestamp(self.now, UTC),
            "desired_version": self.version,
        }
        if is_bad and self.error:
            changes |= {"last_error": self.error, "serving_version": 1, "serving_digest": OTHER}
        if is_bad:
            changes["quarantined"] = self.quarantined
        return worker(name, self.version).model_copy(update=changes)


@pytest.fixture
def fleet(store: ModelStore) -> Fleet:
    return Fleet(store)


SETTLED = int(SETTLE_SECONDS) + 3


def test_a_failure_that_lasts_is_one_event(fleet: Fleet) -> None:
    assert fleet.beat(SETTLED) == []
    fleet.error = "The model cannot be loaded: <b>broken</b>."
    (text,) = fleet.beat(3 * SETTLED)
    assert text.startswith("1 of 2 live workers cannot load version 2.")
    assert "broken" in text


def test_a_failure_of_a_moment_is_no_event(fleet: Fleet) -> None:
    for error in ("The file is not there yet.", None) * 4:
        fleet.error = error
        assert fleet.beat(SETTLED // 2) == []


def test_a_failure_that_comes_back_after_its_end_is_another_event(fleet: Fleet) -> None:
    fleet.error = "broken"
    assert len(fleet.beat(2 * SETTLED)) == 1
    fleet.error = None
    assert fleet.beat(2 * SETTLED) == []
    fleet.error = "broken again"
    assert len(fleet.beat(2 * SETTLED)) == 1


def test_the_next_version_that_fails_is_another_event(fleet: Fleet) -> None:
    fleet.error = "broken"
    assert len(fleet.beat(2 * SETTLED)) == 1
    fleet.version = 3
    (text,) = fleet.beat(2 * SETTLED)
    assert "cannot load version 3" in text


def test_a_notifier_that_restarts_does_not_repeat_the_event(fleet: Fleet) -> None:
    fleet.error = "broken"
    assert len(fleet.beat(2 * SETTLED)) == 1
    again = Fleet(fleet.store, now=fleet.now, error="broken")
    again.cursor = fleet.cursor
    assert again.beat(2 * SETTLED) == []


def test_a_model_in_quarantine_is_an_event_without_an_error(fleet: Fleet) -> None:
    fleet.quarantined = (worker("one", 2).desired_digest or "",)
    (text,) = fleet.beat(2 * SETTLED)
    assert "in quarantine" in text


def test_the_heartbeat_of_a_dead_worker_is_no_event(fleet: Fleet) -> None:
    dead = worker("dead", 2, last_error="broken")
    gone = {"heartbeat_seconds": 1.0, "serving_digest": OTHER}
    fleet.store.heartbeats.write(dead.model_copy(update=gone))
    assert fleet.beat(4 * SETTLED) == []


def test_a_worker_that_is_not_judged_yet_hides_no_failure(fleet: Fleet) -> None:
    fleet.error = "broken"
    texts = []
    for number in range(2 * SETTLED):  # each second, a worker comes that nobody has seen before
        fleet.store.heartbeats.write(worker(f"new-{number}", 2))
        texts += fleet.beat(1)
    (text,) = texts
    assert "of 2 live workers cannot load version 2" in text
