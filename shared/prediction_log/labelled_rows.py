"""The newest logged rows whose true value is known, in bounded memory."""

import heapq
import time
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.errors import OversizedSegmentError
from shared.prediction_log.label import LabelValue
from shared.prediction_log.logged_row import LoggedRow, decode_row
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segment_index import SegmentIndex
from shared.prediction_log.segments import SegmentStamp, list_prediction_segments
from shared.prediction_log.true_value import TrueValue, find_true_value

CLOCK_SLACK = timedelta(minutes=5)
"""How far the clock of a worker may be ahead of the clock of the volume."""
MOST_AHEAD = timedelta(hours=6)
"""A row whose time is later than the change of its segment by more than this is left out."""


@dataclass(frozen=True)
class LabelledRows:
    """Logged rows with their true values, newest first. Each iteration decodes them again."""

    lines: Sequence[tuple[bytes, TrueValue]]
    """The lines of the rows in the log, which need less memory than the rows."""
    unusable: int
    """Further rows whose label is not a class of the model, or not a number."""
    unusable_label: LabelValue | None = None
    """The newest such label."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    def __iter__(self) -> Iterator[tuple[LoggedRow, TrueValue]]:
        """Yield each row with its true value: a class by its name, or a number."""
        for line, value in self.lines:
            row = decode_row(line)
            if row is not None:
                yield row, value


@dataclass(frozen=True, order=True)
class _Found:
    time: datetime
    place: int
    """The number of rows that were found before."""
    line: bytes
    label: LabelValue


def read_labelled_rows(
    layout: StoreLayout, classes: Sequence[str], most: int, version: int | None = None
) -> LabelledRows:
    """Read the newest *most* logged rows that have a label, by the time of the answer.

    The last label of an id counts, for each row with this id. Segments are read from the newest
    one on, until no older one can have a newer row. A row counts as at most as new as its segment,
    so that a wrong clock does not crowd out the rows of others.

    Args:
        layout: The store.
        classes: The classes of the model by index; empty for a regressor.
        most: The most rows; those with an unusable label are among them.
        version: The version that answered the rows; None for all.

    Raises:
        OSError: A file cannot be read now.
        UnsafeFileError: A path contains a link.
    """
    found = find_labelled_lines(layout, read_newest_labels(layout), most, version)
    return choose_usable(found, classes)


def choose_usable(
    lines: Sequence[tuple[bytes, LabelValue]], classes: Sequence[str]
) -> LabelledRows:
    """Return the rows of *lines* whose label is one of *classes*, or a number without classes."""
    values = [(line, find_true_value(label, classes)) for line, label in lines]
    usable = [(line, value) for line, value in values if value is not None]
    others = [label for (_, label), (_, value) in zip(lines, values, strict=True) if value is None]
    return LabelledRows(usable, len(others), others[0] if others else None)


def find_labelled_lines(
    layout: StoreLayout,
    labels: Mapping[str, LabelValue],
    most: int,
    version: int | None = None,
    index: SegmentIndex | None = None,
) -> list[tuple[bytes, LabelValue]]:
    """Return the lines of the newest *most* rows with one of *labels*, and these labels.

    An *index* that is kept makes the next call fast. The other arguments and the errors are those
    of `read_labelled_rows`.
    """
    index = SegmentIndex() if index is None else index
    newest = list[_Found]()
    hashes = set(map(hash, labels))
    segments = _list_newest_first(layout)
    index.retain([path for _, path in segments])
    place = 0
    for stamp, path in segments if labels and most > 0 else ():
        changed = find_change(stamp)
        if len(newest) == most and changed + CLOCK_SLACK < newest[0].time:
            break
        for line in _find_lines(index, path, stamp, hashes):
            row = decode_row(line)
            if row is None or row.id not in labels or version not in {None, row.version}:
                continue
            if row.time > changed + MOST_AHEAD:
                continue
            place += 1
            found = _Found(min(row.time, changed), place, line, labels[row.id])
            if len(newest) < most:
                heapq.heappush(newest, found)
            else:
                heapq.heappushpop(newest, found)
    return [(each.line, each.label) for each in sorted(newest, reverse=True)]


def _list_newest_first(layout: StoreLayout) -> list[tuple[SegmentStamp, Path]]:
    """Return the segments, the last changed ones first; no row is newer than that change."""
    found = []
    for path in list_prediction_segments(layout):
        with suppress(FileNotFoundError):  # it was removed since it was listed
            found.append((SegmentStamp.take(path.lstat()), path))
    return sorted(found, key=lambda each: each[0].changed_ns, reverse=True)


def find_change(stamp: SegmentStamp) -> datetime:
    """Return the time of the last change; a time that cannot be is limited to 1970 and now."""
    nanoseconds = min(max(stamp.changed_ns, 0), time.time_ns())
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


def _find_lines(
    index: SegmentIndex, path: Path, stamp: SegmentStamp, hashes: AbstractSet[int]
) -> list[bytes]:
    try:
        return index.find_lines(path, stamp, hashes)
    except FileNotFoundError:  # it was removed since it was listed
        return []
    except OversizedSegmentError:  # make fsck reports it
        return []
