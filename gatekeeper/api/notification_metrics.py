"""Metrics of the notifier's deliveries, from its cursors: the notifier itself has no port."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gatekeeper.live_status.webhook_status import count_waiting, read_cursors
from shared.contract.layout import StoreLayout
from shared.following.notification_cursor import NotificationCursor

_PREFIX = "modelgate_gatekeeper_webhook_"


def collect_notifications(layout: StoreLayout, decisions: int) -> Iterator[Metric]:
    """Yield the families of all receivers; *decisions* is the length of the log."""
    cursors = list(read_cursors(layout))
    values: list[tuple[Metric, Callable[[NotificationCursor], float]]] = [
        (
            CounterMetricFamily(
                f"{_PREFIX}deliveries", "Events that a receiver took.", labels=["receiver"]
            ),
            lambda cursor: cursor.delivered,
        ),
        (
            CounterMetricFamily(
                f"{_PREFIX}failed_attempts",
                "Attempts to send an event that failed, and were or will be repeated.",
                labels=["receiver"],
            ),
            lambda cursor: cursor.failed_attempts,
        ),
        (
            CounterMetricFamily(
                f"{_PREFIX}given_up_events",
                "Events that a receiver did not take for 24 hours.",
                labels=["receiver"],
            ),
            lambda cursor: cursor.given_up,
        ),
        (
            GaugeMetricFamily(
                f"{_PREFIX}waiting_decisions",
                "Decisions in the log that a receiver has not got yet.",
                labels=["receiver"],
            ),
            lambda cursor: count_waiting(cursor, decisions),
        ),
        (
            GaugeMetricFamily(
                f"{_PREFIX}failing_timestamp_seconds",
                "Unix time of the first failed attempt since the last delivery; 0 without one.",
                labels=["receiver"],
            ),
            lambda cursor: cursor.failing_since.timestamp() if cursor.failing_since else 0,
        ),
    ]
    for family, value in values:
        for cursor in cursors:
            family.add_sample(
                family.name + ("_total" if family.type == "counter" else ""),
                {"receiver": cursor.receiver},
                value(cursor),
            )
        yield family
