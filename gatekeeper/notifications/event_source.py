"""Find the next event for a cursor: decisions and drift in the order of their times, then states.

A cursor passes an event by taking it over as `pending`. So no event is lost or invented by a kill.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gatekeeper.notifications.events import (
    describe_decision,
    describe_drift,
    describe_failure,
    describe_wait,
)
from gatekeeper.notifications.worker_watch import WorkerWatch
from shared.errors import StoreError
from shared.following.log_tail import LogTail
from shared.following.notification_cursor import DriftPosition, Event, NotificationCursor
from shared.live.drift_record import (
    MAX_DRIFT_BYTES,
    DriftEvent,
    DriftRecord,
    find_events_after,
)
from shared.store.candidates import published_at
from shared.store.store import ModelStore
from shared.store.verified_read import read_document

logger = logging.getLogger(__name__)

_MAX_AWAITING = 1000
"""The most waits that a cursor remembers; the oldest are forgotten first."""
_CLOCK_DIFFERENCE = timedelta(days=1)
"""The most by which the clocks of a trainer and a gatekeeper are assumed to differ."""


def read_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


class EventSource:
    """The events of one store, for any thread. Each call reads the files that it needs."""

    def __init__(
        self, store: ModelStore, workers: WorkerWatch, now: Callable[[], datetime] = read_now
    ) -> None:
        self._store = store
        self._workers = workers
        self._now = now
        self._tail = LogTail(store.layout)
        self._lock = threading.Lock()
        self._drift_bytes = b""
        self._drift: tuple[DriftEvent, ...] = ()

    def begin(self, receiver: str) -> NotificationCursor:
        """Return the first cursor of a receiver: it begins after all decisions and drift events.

        Raises OSError or StoreError.
        """
        drift = self._read_drift()
        return NotificationCursor(
            receiver=receiver,
            log=self._tail.end(),
            drift=_position(drift[-1]) if drift else DriftPosition(number=0, at=None),
            awaiting=(),
            failing_version=None,
            pending=None,
            delivered=0,
            failed_attempts=0,
            given_up=0,
            failing_since=None,
            last_error=None,
        )

    def has(self, cursor: NotificationCursor) -> bool:
        """Return whether the log of this store has the entry at which *cursor* is."""
        return self._tail.has(cursor.log)

    def advance(self, cursor: NotificationCursor) -> NotificationCursor:
        """Return the cursor behind the next event, with that event as `pending`.

        Without an event, the result has passed only decisions about unchanged candidates.
        Raises OSError or StoreError.
        """
        waits = self._store.approvals.ids()  # before the log: a decision ends a wait
        drift = self._next_drift(cursor)
        while (entry := self._tail.after(cursor.log)) is not None:
            event = describe_decision(entry)
            if event and drift and drift.at < event.at:
                break
            still = tuple(each for each in cursor.awaiting if each != entry.decision.candidate_id)
            cursor = cursor.model_copy(update={"log": entry.position, "awaiting": still})
            if event:
                return _with_pending(cursor, event)
        if drift:
            passed = cursor.model_copy(update={"drift": _position(drift)})
            return _with_pending(passed, describe_drift(drift))
        for candidate_id in waits:
            if candidate_id not in cursor.awaiting and not self._is_decided(candidate_id):
                awaiting = (*cursor.awaiting, candidate_id)[-_MAX_AWAITING:]
                passed = cursor.model_copy(update={"awaiting": awaiting})
                return _with_pending(passed, describe_wait(candidate_id, self._now()))
        return self._advance_to_workers(cursor)

    def _advance_to_workers(self, cursor: NotificationCursor) -> NotificationCursor:
        failure = self._workers.failure
        if failure is not None and failure.version != cursor.failing_version:
            passed = cursor.model_copy(update={"failing_version": failure.version})
            return _with_pending(passed, describe_failure(failure, self._now()))
        if cursor.failing_version is not None and self._workers.is_healthy:
            return cursor.model_copy(update={"failing_version": None})
        return cursor

    def _next_drift(self, cursor: NotificationCursor) -> DriftEvent | None:
        last = cursor.drift
        return next(iter(find_events_after(self._read_drift(), last.number, last.at)), None)

    def _read_drift(self) -> tuple[DriftEvent, ...]:
        path = self._store.layout.drift
        try:
            data = read_document(path, max_bytes=MAX_DRIFT_BYTES)
        except FileNotFoundError:
            return ()
        with self._lock:
            if data != self._drift_bytes:
                self._drift_bytes = data
                try:
                    self._drift = DriftRecord.decode(data, path).events
                except StoreError as error:  # decisions are sent all the same
                    logger.warning("Events of drift are not sent: %s", error)
            return self._drift

    def _is_decided(self, candidate_id: str) -> bool:
        """Return whether the log has a decision on a candidate: waiting.json may be older.

        A decision is later than the candidate's publication, so older entries are not read. An id
        that is not a time has no such limit.
        """
        published = published_at(candidate_id)
        number = self._tail.end().number
        while number and (entry := self._tail.read(number)) is not None:
            if entry.decision.candidate_id == candidate_id:
                return True
            if published and entry.decision.decided_at + _CLOCK_DIFFERENCE < published:
                return False
            number -= 1
        return False


def _position(event: DriftEvent) -> DriftPosition:
    return DriftPosition(number=event.number, at=event.at)


def _with_pending(cursor: NotificationCursor, event: Event) -> NotificationCursor:
    return cursor.model_copy(update={"pending": event})
