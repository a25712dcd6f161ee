"""Read the newest rows of the prediction log, and the newest rows that have a label.

Every process that replays the log reads it by itself. All must read the same rows, so the result
depends only on the segments that the request names.
"""

import heapq
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from gatekeeper.evidence.live_requests import LoggedData, SegmentFile
from shared.errors import DocumentError, UnsafeFileError
from shared.prediction_log.label import Label, LabelValue, decode_label
from shared.prediction_log.labelled_rows import CLOCK_SLACK, MOST_AHEAD
from shared.prediction_log.logged_row import LoggedRow, RowId, UtcTime, decode_row
from shared.store.linkless_open import open_without_links

_NANOSECONDS = 1_000_000_000


class LogChangedError(DocumentError):
    """A segment was replaced, removed or cut while the processes read the log."""


class _Head(msgspec.Struct, frozen=True):
    """The part of a logged row that decides whether it is read."""

    id: RowId
    time: UtcTime


_HEADS = msgspec.json.Decoder(_Head)
_Found = tuple[datetime, int, int, bytes]
"""Time, at most that of the segment; index of the segment, index of the line, and the line."""


@dataclass(frozen=True)
class LiveRows:
    """Rows of the log, newest first."""

    rows: list[LoggedRow]
    labels: list[LabelValue | None]
    """The label of each row; None if it has none."""


class _Newest:
    """The newest lines that it is given."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.heap: list[_Found] = []

    def add(self, found: _Found) -> None:
        """Keep *found*, unless there are enough newer lines."""
        if len(self.heap) < self._most:
            heapq.heappush(self.heap, found)
        elif self._most:
            heapq.heappushpop(self.heap, found)

    def needs(self, changed: datetime) -> bool:
        """Return whether a segment that was written at this time may have a newer line."""
        if len(self.heap) < self._most or not self._most:
            return self._most > 0
        return changed + CLOCK_SLACK >= self.heap[0][0]


def read_live_rows(log: LoggedData) -> LiveRows:
    """Read the rows that *log* names. Lines that are not rows are left out.

    A row counts as at most as new as its segment, and is left out if its time is later by more
    than MOST_AHEAD. So a wrong clock does not crowd out the rows of others.

    Raises LogChangedError if a segment has changed or cannot be read.
    """
    known = _read_labels(log.feedback)
    newest, labelled = _Newest(0 if log.only_labelled else log.most_rows), _Newest(log.most_rows)
    for index, segment in enumerate(log.predictions):
        changed = datetime.fromtimestamp(segment.changed_ns / _NANOSECONDS, UTC)
        if not (newest.needs(changed) or (known and labelled.needs(changed))):
            continue
        for number, line in enumerate(_read_lines(segment)):
            head = _decode_head(line)
            if head is None or head.time > changed + MOST_AHEAD:
                continue
            found = (min(head.time, changed), -index, number, line)
            newest.add(found)
            if head.id in known:
                labelled.add(found)
    # The order does not depend on the order of reading: no two lines have equal keys.
    chosen = sorted({*newest.heap, *labelled.heap}, reverse=True)
    decoded = (decode_row(line) for *_, line in chosen)
    rows = [row for row in decoded if row is not None]
    labels = [known[row.id].label if row.id in known else None for row in rows]
    return LiveRows(rows, labels)


def _read_labels(segments: tuple[SegmentFile, ...]) -> dict[str, Label]:
    """Return the newest label of each id."""
    known: dict[str, Label] = {}
    for segment in segments:
        for label in filter(None, map(decode_label, _read_lines(segment))):
            before = known.get(label.id)
            if before is None or before.received_at <= label.received_at:
                known[label.id] = label
    return known


def _decode_head(line: bytes) -> _Head | None:
    try:
        return _HEADS.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _read_lines(segment: SegmentFile) -> Iterator[bytes]:
    """Yield the whole lines of a segment, as far as the request names it."""
    try:
        descriptor = open_without_links(segment.path)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            data = file.read(segment.size) if found.st_ino == segment.inode else b""
    except OSError as error:
        raise LogChangedError(f"A segment cannot be read: {error.strerror}.") from error
    except UnsafeFileError as error:
        raise LogChangedError("A segment is not a file, or its path contains a link.") from error
    if len(data) < segment.size:
        raise LogChangedError("A segment was replaced or removed while it was read.")
    yield from data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]
