"""A cursor gets each event once, in order."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper.notifications.event_source import EventSource
from gatekeeper.notifications.worker_watch import WorkerWatch
from shared.contract.layout import MANIFEST
from shared.following.notification_cursor import Event, NotificationCursor
from shared.live.drift_record import DriftEvent, DriftRecord
from shared.store.durable_write import replace_file
from shared.store.store import ModelStore
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import decide

NOW = datetime.now(UTC)


@pytest.fixture
def source(store: ModelStore) -> EventSource:
    return EventSource(store, WorkerWatch(store.heartbeats))


def publish(store: ModelStore) -> str:
    return toy_candidate().publish(store)


def publish_as(store: ModelStore, chosen: str) -> str:
    """Publish a candidate under an id that its writer has chosen."""
    own = publish(store)
    manifest = store.layout.candidate(own) / MANIFEST
    manifest.write_text(manifest.read_text().replace(own, chosen))
    store.layout.candidate(own).rename(store.layout.candidate(chosen))
    return chosen


def drift_event(number: int, at: datetime, kind: str = "began", **changes: object) -> DriftEvent:
    values = {"number": number, "kind": kind, "at": at, "version": 1, "predictions": False}
    return DriftEvent.model_validate({**values, "features": ("mean radius",), **changes})


def write_drift(store: ModelStore, *events: DriftEvent) -> None:
    record = DriftRecord(
        checked_at=NOW, version=1, not_checked=None, drifted=(), events=tuple(events)
    )
    replace_file(store.layout.drift, record.encode())


def follow(
    source: EventSource, cursor: NotificationCursor
) -> tuple[list[Event], NotificationCursor]:
    """Take all events until there is none, as a courier does. Return them and the last cursor."""
    events = []
    while (cursor := source.advance(cursor)).pending is not None:
        events.append(cursor.pending)
        cursor = cursor.model_copy(update={"pending": None})
    return events, cursor


def types(events: list[Event]) -> list[str]:
    return [each.type.removeprefix("custom_") for each in events]


def test_each_decision_but_unchanged_is_one_event(store: ModelStore, source: EventSource) -> None:
    cursor = source.begin("one")
    first = publish(store)
    decide(store, first)
    for outcome in ("refused", "unchanged", "inconclusive", "rolled_back"):
        decide(store, publish(store), outcome)
    events, cursor = follow(source, cursor)
    assert types(events) == [
        "model.promoted",
        "model.refused",
        "model.inconclusive",
        "model.rolled_back",
    ]
    assert events[0].data["version"] == 1
    assert events[0].data["candidate_id"] == first
    assert events[0].text.startswith(f"Version 1 is in production: toy ({first})")
    assert "f1 0.7361 is worse" in events[1].text
    assert follow(source, cursor) == ([], cursor)


def test_a_store_with_a_long_log_begins_at_its_end(store: ModelStore, source: EventSource) -> None:
    for _ in range(3):
        decide(store, publish(store))
    write_drift(store, drift_event(1, NOW))
    cursor = source.begin("one")
    assert follow(source, cursor)[0] == []
    decide(store, publish(store), "refused")
    write_drift(store, drift_event(1, NOW), drift_event(2, NOW, "ended"))
    assert sorted(types(follow(source, cursor)[0])) == ["drift.ended", "model.refused"]


def test_decisions_and_drift_come_in_the_order_of_their_times(
    store: ModelStore, source: EventSource
) -> None:
    cursor = source.begin("one")
    decided = [decide(store, publish(store)).decided_at for _ in range(2)]
    tick = timedelta(microseconds=1)
    write_drift(
        store, drift_event(1, decided[0] + tick), drift_event(2, decided[1] + tick, "ended")
    )
    events, _ = follow(source, cursor)
    assert types(events) == ["model.promoted", "drift.began", "model.promoted", "drift.ended"]
    assert events[1].text.startswith("Drift began, version 1: mean radius.")


def test_the_same_event_has_the_same_id_for_each_receiver(
    store: ModelStore, source: EventSource
) -> None:
    cursors = [source.begin("one"), source.begin("two")]
    decide(store, publish(store))
    write_drift(store, drift_event(1, NOW))
    first, second = (follow(source, cursor)[0] for cursor in cursors)
    assert [each.id for each in first] == [each.id for each in second]
    assert len({each.id for each in first}) == 2


def test_a_wait_for_approval_is_one_event_also_after_a_restart_of_the_gatekeeper(
    store: ModelStore, source: EventSource
) -> None:
    cursor = source.begin("one")
    candidate = publish(store)
    store.approvals.write([candidate])
    events, cursor = follow(source, cursor)
    assert [each.data["candidate_id"] for each in events] == [candidate]
    store.approvals.write([])
    assert follow(source, cursor)[0] == []
    store.approvals.write([candidate])
    assert follow(source, cursor)[0] == []
    decide(store, candidate)
    events, cursor = follow(source, cursor)
    assert types(events) == ["model.promoted"]
    assert cursor.awaiting == ()
    # waiting.json is older than the log until the gatekeeper writes it again.
    assert follow(source, cursor) == ([], cursor)


@pytest.mark.parametrize("digits", ["20261340T250000000000", "00010101T000000000000"])
def test_a_wait_under_an_id_that_is_no_usable_time_is_one_event(
    store: ModelStore, source: EventSource, digits: str
) -> None:
    cursor = source.begin("one")
    decided = publish_as(store, f"{digits}Z-{1:08x}")
    decide(store, publish(store))
    decide(store, decided, "refused")
    decide(store, publish(store), "refused")
    _, cursor = follow(source, cursor)
    store.approvals.write([decided, f"{digits}Z-{2:08x}"])
    events, cursor = follow(source, cursor)
    assert [each.data["candidate_id"] for each in events] == [f"{digits}Z-{2:08x}"]
    assert follow(source, cursor) == ([], cursor)


def test_a_drift_record_that_began_again_sends_only_what_is_new(
    store: ModelStore, source: EventSource
) -> None:
    times = [NOW + timedelta(seconds=second) for second in range(4)]
    write_drift(store, *(drift_event(number + 1, times[number]) for number in range(3)))
    cursor = source.begin("one")
    write_drift(store, drift_event(1, times[3], features=("other",)))
    events, cursor = follow(source, cursor)
    assert [each.data["features"] for each in events] == [["other"]]
    assert cursor.drift.number == 1


def test_a_damaged_drift_record_delays_no_decision(
    store: ModelStore, source: EventSource, caplog: pytest.LogCaptureFixture
) -> None:
    cursor = source.begin("one")
    store.layout.drift.write_text("{")
    decide(store, publish(store))
    assert types(follow(source, cursor)[0]) == ["model.promoted"]
    assert caplog.text.count("Events of drift are not sent") == 1


def test_the_log_of_another_store_is_known(
    store: ModelStore, source: EventSource, tmp_path: Path
) -> None:
    decide(store, publish(store))
    cursor = source.begin("one")
    assert source.has(cursor)
    other = ModelStore(tmp_path / "other")
    assert not EventSource(other, WorkerWatch(other.heartbeats)).has(cursor)
