"""Deliveries to one receiver that is fine, slow to accept, or dead for a day."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper.notifications.courier import LONGEST_PAUSE_SECONDS, Courier, choose_pause
from gatekeeper.notifications.event_source import EventSource
from gatekeeper.notifications.message import Sender
from gatekeeper.notifications.receivers import parse_receivers
from gatekeeper.notifications.worker_watch import WorkerWatch
from shared.contract.layout import NOTIFICATIONS
from shared.errors import StoreWriteError
from shared.following.notification_cursor import NotificationCursor, NotificationCursors
from shared.store.store import ModelStore, open_for_writing
from tests.support.http.webhook_receiver import Response, webhook_receiver
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import decide


class Delivering:
    """A courier to a real server, with a clock that the test sets."""

    def __init__(self, store: ModelStore, url: str) -> None:
        self.now = datetime.now(UTC)
        self.store = open_for_writing(store.layout.root, NOTIFICATIONS)
        (self.receiver,) = parse_receivers(url)
        self.cursors = NotificationCursors(store.layout)
        self.courier = self.start()

    def start(self) -> Courier:
        """Return the courier of a process that has just started."""
        source = EventSource(self.store, WorkerWatch(self.store.heartbeats))
        self.courier = Courier(
            self.receiver,
            source,
            self.cursors,
            Sender(None),
            idle_seconds=9.0,
            now=lambda: self.now,
        )
        return self.courier

    def decide(self, count: int = 1) -> None:
        for _ in range(count):
            decide(self.store, toy_candidate().publish(self.store))

    def cursor(self) -> NotificationCursor:
        found = self.cursors.read(self.receiver.name)
        assert found is not None
        return found

    def until_idle(self) -> None:
        while self.courier.step() == 0.0:
            pass


def test_events_arrive_once_and_in_order(store: ModelStore) -> None:
    with webhook_receiver() as found:
        delivering = Delivering(store, found.url)
        assert delivering.courier.step() == 9.0
        delivering.decide(3)
        delivering.until_idle()
        delivering.start()
        delivering.until_idle()
    assert [each.payload["data"]["decision"] for each in found.requests] == [1, 2, 3]
    assert (delivering.cursor().delivered, delivering.cursor().pending) == (3, None)
    assert delivering.cursor().log.number == 3


def test_a_failed_event_comes_again_with_its_id_before_any_other(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    answers: Iterator[Response] = iter(
        [(500, {}), (429, {"retry-after": "30"}), (200, {}), (200, {})]
    )
    with webhook_receiver(lambda _received: next(answers)) as found:
        delivering = Delivering(store, found.url)
        delivering.courier.step()
        delivering.decide(2)
        assert 0.5 <= delivering.courier.step() <= 1.0
        assert delivering.cursor().failed_attempts == 1
        assert delivering.cursor().last_error == "it answered 500 Internal Server Error"
        delivering.start()  # a restart changes nothing
        assert delivering.courier.step() == 30.0
        delivering.until_idle()
    first, second, third, fourth = found.requests
    assert first.id == second.id == third.id != fourth.id
    assert first.body == third.body
    cursor = delivering.cursor()
    assert (cursor.delivered, cursor.failed_attempts) == (2, 2)
    assert (cursor.failing_since, cursor.last_error) == (None, None)
    assert "secret-path" not in caplog.text


def test_an_event_is_given_up_after_a_day_and_those_behind_it_when_they_are_as_old(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    is_dead = True
    with webhook_receiver(lambda _received: (503 if is_dead else 200, {})) as found:
        delivering = Delivering(store, found.url)
        delivering.courier.step()
        delivering.decide(2)
        delivering.courier.step()
        delivering.now += timedelta(hours=23, minutes=59)
        delivering.courier.step()
        assert delivering.cursor().given_up == 0
        delivering.now += timedelta(minutes=2)
        delivering.courier.step()
        delivering.courier.step()
        assert delivering.cursor().given_up == 2
        delivering.decide()
        is_dead = False
        delivering.until_idle()
    assert found.requests[-1].payload["data"]["decision"] == 3
    assert delivering.cursor().delivered == 1
    errors = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert len(errors) == 2
    assert "is given up" in errors[0]
    assert "it answered 503 Service Unavailable" in errors[0]


def test_an_event_from_before_a_long_stop_of_the_notifier_has_its_day(store: ModelStore) -> None:
    answers: Iterator[Response] = iter([(503, {}), (200, {})])
    with webhook_receiver(lambda _received: next(answers)) as found:
        delivering = Delivering(store, found.url)
        delivering.courier.step()
        delivering.decide()
        delivering.now += timedelta(days=3)
        delivering.start()
        delivering.courier.step()
        delivering.until_idle()
    assert (delivering.cursor().delivered, delivering.cursor().given_up) == (1, 0)


def test_nothing_is_sent_before_the_cursor_is_written(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with webhook_receiver() as found:
        delivering = Delivering(store, found.url)
        delivering.courier.step()
        delivering.decide(2)

        def fail(_cursor: NotificationCursor) -> None:
            raise StoreWriteError(tmp_path, OSError(28, "No space left on device"))

        with monkeypatch.context() as full:
            full.setattr(delivering.cursors, "write", fail)
            assert delivering.courier.step() > 0.0
            assert delivering.courier.step() > 0.0
            assert found.requests == []
        assert delivering.courier.step() == 0.0
        with monkeypatch.context() as full:
            full.setattr(delivering.cursors, "write", fail)
            assert delivering.courier.step() > 0.0
        delivering.until_idle()
    assert [each.payload["data"]["decision"] for each in found.requests] == [1, 2]


def test_a_cursor_of_another_log_begins_at_the_end_and_says_so(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook_receiver() as found:
        delivering = Delivering(store, found.url)
        delivering.decide(2)
        delivering.courier.step()
        cursor = delivering.cursor()
        log = cursor.log.model_copy(update={"sha256": f"{7:064x}"})
        delivering.cursors.write(cursor.model_copy(update={"log": log}))
        delivering.start()
        delivering.until_idle()
    assert found.requests == []
    assert "belongs to another decision log" in caplog.text
    assert delivering.cursor().log == cursor.log


def test_pauses_grow_to_a_bound_and_differ() -> None:
    assert 0.5 <= choose_pause(1) <= 1.0
    pauses = {choose_pause(1000) for _ in range(10)}
    assert len(pauses) > 1
    assert all(LONGEST_PAUSE_SECONDS / 2 <= pause <= LONGEST_PAUSE_SECONDS for pause in pauses)
