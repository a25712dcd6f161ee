"""Deliveries are metrics, also of receivers whose cursors are damaged beside them."""

from datetime import UTC, datetime

from gatekeeper.api.notification_metrics import collect_notifications
from shared.following.notification_cursor import NotificationCursors
from shared.store.store import ModelStore
from tests.support.stores.fake_services import follow

FAILING_SINCE = datetime(2026, 1, 31, tzinfo=UTC)


def test_a_cursor_becomes_one_sample_of_each_family(store: ModelStore) -> None:
    follow(store, "one")
    cursors = NotificationCursors(store.layout)
    cursor = cursors.read("one")
    assert cursor is not None
    counts = {"delivered": 4, "failed_attempts": 3, "given_up": 2, "failing_since": FAILING_SINCE}
    cursors.write(cursor.model_copy(update=counts))
    store.layout.notification_cursor("torn").write_text("{")
    samples = [each for family in collect_notifications(store.layout, 7) for each in family.samples]
    assert {
        each.name.removeprefix("modelgate_gatekeeper_webhook_"): each.value for each in samples
    } == {
        "deliveries_total": 4,
        "failed_attempts_total": 3,
        "given_up_events_total": 2,
        "waiting_decisions": 7,
        "failing_timestamp_seconds": FAILING_SINCE.timestamp(),
    }
    assert {each.labels["receiver"] for each in samples} == {"one"}


def test_a_store_without_a_notifier_has_no_samples(store: ModelStore) -> None:
    assert [family.samples for family in collect_notifications(store.layout, 7)] == [[]] * 5
