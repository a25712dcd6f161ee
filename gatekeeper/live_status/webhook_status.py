"""The receivers of webhooks and what waits for them, from the notifier's cursors."""

import contextlib
from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel, Field

from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.following.notification_cursor import NotificationCursor, NotificationCursors

MAX_SHOWN = 20
"""The most receivers that are shown, as many as may be configured."""


class WebhookStatus(BaseModel):
    """One receiver of webhooks. Its address is a secret, so it has a name."""

    receiver: str
    delivered: int = Field(description="Events that it took.")
    waiting: int = Field(description="Decisions that it has not got yet.")
    given_up: int = Field(description="Events that it did not take for 24 hours.")
    failing_since: datetime | None = Field(
        description="The first failed attempt since the last delivery; null without one. The log "
        "of the notifier says why."
    )


def list_webhooks(layout: StoreLayout, decisions: int) -> list[WebhookStatus]:
    """Describe the receivers; *decisions* is the length of the log."""
    return [
        WebhookStatus(
            receiver=cursor.receiver,
            delivered=cursor.delivered,
            waiting=count_waiting(cursor, decisions),
            given_up=cursor.given_up,
            failing_since=cursor.failing_since,
        )
        for cursor in read_cursors(layout)
    ]


def read_cursors(layout: StoreLayout) -> Iterator[NotificationCursor]:
    """Yield the readable cursors; `make fsck` reports the others."""
    cursors = NotificationCursors(layout)
    for name in cursors.names()[:MAX_SHOWN]:
        with contextlib.suppress(StoreError, OSError):
            if (cursor := cursors.read(name)) is not None:
                yield cursor


def count_waiting(cursor: NotificationCursor, decisions: int) -> int:
    """Return how many of the log's *decisions* its receiver has not got."""
    is_pending = cursor.pending is not None and cursor.pending.id.startswith("decision-")
    return max(0, decisions - cursor.log.number) + is_pending
