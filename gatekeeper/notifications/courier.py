"""Deliver events to one receiver: in order, at least once, and never faster than it answers."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from gatekeeper.notifications.event_source import EventSource, read_now
from gatekeeper.notifications.http_post import Answer
from gatekeeper.notifications.receivers import Receiver
from shared.errors import StoreError
from shared.following.notification_cursor import (
    MAX_TEXT_CHARACTERS,
    Event,
    NotificationCursor,
    NotificationCursors,
)
from shared.text import shorten, to_printable

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)
"""The time after which an event that cannot be delivered is given up."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 600.0
"""Bounds of the pause after a failed attempt. It doubles with each one."""
_STORE_PAUSE_SECONDS = 5.0
"""Seconds to wait after the store could not be read or written."""


class _Sender(Protocol):
    def send(self, event: Event, receiver: Receiver) -> Answer: ...


class Courier:
    """The deliveries to one receiver, for one thread.

    The cursor on the volume has the next event before it is sent. It is replaced after the receiver
    has answered. So a kill repeats at most this event, with the same id.
    """

    def __init__(
        self,
        receiver: Receiver,
        source: EventSource,
        cursors: NotificationCursors,
        sender: _Sender,
        *,
        idle_seconds: float,
        now: Callable[[], datetime] = read_now,
    ) -> None:
        self._receiver = receiver
        self._source = source
        self._cursors = cursors
        self._sender = sender
        self._idle_seconds = idle_seconds
        self._now = now
        self._cursor: NotificationCursor | None = None
        self._written: NotificationCursor | None = None
        self._failures = 0
        self._problem = ""

    def step(self) -> float:
        """Deliver one event, or look for one. Return the seconds to wait before the next step."""
        try:
            seconds = self._step()
        except (StoreError, OSError) as error:
            problem = to_printable(error)
            if problem != self._problem:
                logger.warning("Webhooks to %s wait: %s", self._receiver.name, problem)
            self._problem = problem
            return _STORE_PAUSE_SECONDS
        self._problem = ""
        return seconds

    def _step(self) -> float:
        if self._cursor is None:
            self._cursor = self._begin()
        if self._cursor.pending is None:
            self._cursor = self._source.advance(self._cursor)
        # Nothing is sent before the cursor is durable, also after a write that failed.
        self._write()
        if self._cursor.pending is None:
            return self._idle_seconds
        return self._deliver(self._cursor, self._cursor.pending)

    def _begin(self) -> NotificationCursor:
        name = self._receiver.name
        self._written = self._cursors.read(name)
        if self._written is not None and self._source.has(self._written):
            return self._written
        if self._written is not None:
            logger.warning(
                "The cursor of %s belongs to another decision log, perhaps from before a restore. "
                "Its receiver gets the decisions from now on.",
                name,
            )
        return self._source.begin(name)

    def _write(self) -> None:
        if self._cursor is not None and self._cursor != self._written:
            self._cursors.write(self._cursor)
            self._written = self._cursor

    def _deliver(self, cursor: NotificationCursor, event: Event) -> float:
        answer = self._sender.send(event, self._receiver)
        if answer.problem is None:
            self._cursor = self._pass_delivered(cursor)
            return 0.0
        self._cursor, seconds = self._note_failure(cursor, event, answer)
        self._write()
        return seconds

    def _pass_delivered(self, cursor: NotificationCursor) -> NotificationCursor:
        """Return the cursor after a delivery. The next step writes it with the next event."""
        if cursor.failing_since is not None:
            logger.info("Webhooks to %s are delivered again.", self._receiver.name)
        self._failures = 0
        changes = {
            "pending": None,
            "delivered": cursor.delivered + 1,
            "failing_since": None,
            "last_error": None,
        }
        return cursor.model_copy(update=changes)

    def _note_failure(
        self, cursor: NotificationCursor, event: Event, answer: Answer
    ) -> tuple[NotificationCursor, float]:
        name, now = self._receiver.name, self._now()
        problem = shorten(answer.problem or "", MAX_TEXT_CHARACTERS)
        if cursor.failing_since is None or problem != cursor.last_error:
            logger.warning("The webhook to %s failed and is repeated: %s", name, problem)
        since = cursor.failing_since or now
        changes = {
            "failed_attempts": cursor.failed_attempts + 1,
            "failing_since": since,
            "last_error": problem,
        }
        if now - max(since, event.at) >= GIVE_UP_AFTER:
            logger.error(
                "The event %s (%s) is given up: %s did not take it for 24 hours. Last failure: %s",
                event.id,
                event.type,
                name,
                problem,
            )
            changes |= {"pending": None, "given_up": cursor.given_up + 1}
        self._failures += 1
        seconds = max(choose_pause(self._failures), answer.retry_after)
        return cursor.model_copy(update=changes), seconds


def choose_pause(failures: int) -> float:
    """Return the seconds to wait after this many failures in a row, with a random part.

    Without it, all senders would come back to a receiver at the same moment.
    """
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 20))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret depends on it
