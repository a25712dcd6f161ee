"""Receive labels: write those of all waiting requests together, and count what they change.

Requests at the same time share one fsync. While one of them writes, the others wait and form the
next group.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gatekeeper.feedback.index_watch import CHORE_SECONDS, WAIT_SECONDS, IndexWatch
from gatekeeper.feedback.label_index import LabelIndex, hash_meaning
from gatekeeper.feedback.label_time import read_newest_us, to_time
from gatekeeper.feedback.label_writer import LabelWriter
from gatekeeper.feedback.received_label import ReceivedLabel
from gatekeeper.feedback.row_index import RowIndex
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.prediction_log.label import Label, encode_label

logger = logging.getLogger(__name__)

KINDS = ("received", "new", "replaced", "contradicting", "unknown")
"""The kinds that are counted; a label may be of several kinds."""


@dataclass(frozen=True)
class FeedbackCounts:
    """The labels of one request, by kind. None: it is not known."""

    received: int
    new: int | None
    replaced: int | None
    contradicting: int | None
    unknown: int | None


@dataclass
class _Request:
    labels: Sequence[ReceivedLabel]
    counts: FeedbackCounts | None = None
    error: StoreError | None = None

    @property
    def is_done(self) -> bool:
        return self.counts is not None or self.error is not None


class Feedback:
    """The labels of one store. Any thread may call it."""

    def __init__(
        self,
        layout: StoreLayout,
        wait_seconds: float = WAIT_SECONDS,
        chore_seconds: float = CHORE_SECONDS,
    ) -> None:
        self.totals = dict.fromkeys(KINDS, 0)
        """The labels that this process received, by kind."""
        self._layout = layout
        self._index = LabelIndex(layout)
        self.rows = RowIndex(layout)
        self._watch = IndexWatch(
            self._index, self.rows, self._leave_removed, wait_seconds, chore_seconds
        )
        self._writer = LabelWriter(layout)
        self._waiting = list[_Request]()
        self._adding = threading.Lock()
        self._writing = threading.Lock()

    @property
    def waiting(self) -> int:
        """The number of requests that are not written yet."""
        with self._adding:
            return len(self._waiting)

    def receive(self, labels: Sequence[ReceivedLabel]) -> FeedbackCounts:
        """Keep *labels*, and return what they change. They are durable when this returns.

        Raises StoreWriteError, and then none of them is kept.
        """
        self._watch.freshen()
        request = _Request(labels)
        with self._adding:
            self._waiting.append(request)
        with self._writing:
            if not request.is_done:  # the request before may have written these labels too
                self._write_waiting()
        if request.error:
            raise request.error
        assert request.counts  # noqa: S101 - one of both is set
        return request.counts

    def close(self) -> None:
        """Close the segment, and end the thread that reads ids."""
        self._watch.stop()
        with self._writing:
            self._writer.close()

    def _leave_removed(self) -> None:
        """Close a segment that was replaced or removed, unless labels are written just now."""
        if self._writing.acquire(blocking=False):
            try:
                self._writer.leave_removed()
            finally:
                self._writing.release()

    def _write_waiting(self) -> None:
        with self._adding:
            group, self._waiting = self._waiting, []
        try:
            counts = self._count_all(group)
            if lines := self._encode(group):
                self._writer.append(b"".join(lines))
        except StoreError as error:
            for request in group:
                request.error = error
            return
        except BaseException as error:
            for request in group:
                request.error = StoreError(f"The labels were not kept: {error!r}. Send them again.")
            raise
        for request, found in zip(group, counts, strict=True):
            request.counts = found
            for kind in self.totals:
                self.totals[kind] += getattr(found, kind) or 0

    def _encode(self, group: Sequence[_Request]) -> list[bytes]:
        """Return the lines, received after every earlier label, also if the clock was put back."""
        newest_us = self._index.newest_us
        if not self._index.is_complete:
            newest_us = max(newest_us, read_newest_us(self._layout))
        now = max(datetime.now(UTC), to_time(newest_us + 1))
        return [
            encode_label(Label(each.id, each.value, now))
            for request in group
            for each in request.labels
        ]

    def _count_all(self, group: Sequence[_Request]) -> list[FeedbackCounts]:
        try:
            if self._index.is_complete:  # otherwise a thread still reads them
                self._index.refresh()
        except (OSError, StoreError) as error:
            self._index.is_complete = False
            logger.warning("Labels are not counted, because earlier ones are unreadable: %s", error)
        if not self._index.is_complete:
            return [FeedbackCounts(len(each.labels), None, None, None, None) for each in group]
        known = self._index.find_all(label.id for request in group for label in request.labels)
        recent = {label_id: label.meaning for label_id, label in known.items()}
        return [self._count(request.labels, recent) for request in group]

    def _count(self, labels: Sequence[ReceivedLabel], recent: dict[str, int]) -> FeedbackCounts:
        """Count what *labels* change; *recent* has the meanings of the labels before them."""
        new = replaced = contradicting = 0
        for label in labels:
            meaning = hash_meaning(label.value)
            earlier = recent.get(label.id)
            if earlier is None:
                new += 1
            else:
                replaced += 1
                contradicting += earlier != meaning
            recent[label.id] = meaning
        unknown = self._count_unknown(labels)
        return FeedbackCounts(len(labels), new, replaced, contradicting, unknown)

    def _count_unknown(self, labels: Sequence[ReceivedLabel]) -> int | None:
        if not self.rows.is_complete:
            return None
        unknown = self.rows.find_unknown({label.id for label in labels})
        return sum(label.id in unknown for label in labels)
