"""The last label of each id, as 64-bit hashes: 24 bytes for each label, by segment.

Everything follows from the files, also the labels that this process has just written. Two ids, or
two values, could have the same hash; among ten million ids the chance is one in 300,000.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple

from gatekeeper.feedback.label_time import to_microseconds
from gatekeeper.feedback.received_label import name_meaning
from shared.contract.layout import StoreLayout
from shared.errors import OversizedSegmentError
from shared.prediction_log.label import decode_label
from shared.prediction_log.segments import SegmentStamp, list_feedback_segments, read_lines

_LEAST_TAIL = 4096
_TAIL_SHARE = 4
_COST_OF_SEARCH = 8
"""A search in the sorted ids of a segment costs as much as a walk over this many of them."""


class LastLabel(NamedTuple):
    """When the last label of an id was received, and what it means."""

    received_us: int
    """Microseconds since 1970."""
    meaning: int
    """A hash of `name_meaning`."""


def hash_meaning(label: str | bool | float) -> int:
    """Return the hash of what *label* means."""
    return hash(name_meaning(label))


class LabelIndex:
    """The last label of each id. Use it from one thread at a time."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout
        self._segments = dict[Path, _SegmentLabels]()
        self.newest_us = 0
        """The time of the newest label, in microseconds since 1970; 0 without labels."""
        self.is_complete = False
        """Whether all segments were read once."""

    def refresh(self) -> None:
        """Read what is new in the files.

        Raises OSError, or UnsafeFileError if a path contains a link.
        """
        segments = dict[Path, _SegmentLabels]()
        for path in list_feedback_segments(self._layout):
            segment = self._segments.get(path) or _SegmentLabels()
            try:
                found = path.lstat()
                stamp = SegmentStamp(found.st_ino, found.st_size, found.st_mtime_ns)
                if stamp != segment.stamp:
                    segment = segment.read_on(path, stamp)
            except FileNotFoundError:  # it is old, or its labels were deleted
                continue
            except OversizedSegmentError:  # make fsck reports it
                continue
            segments[path] = segment
            self.newest_us = max(self.newest_us, segment.newest_us)
        self._segments = segments
        self.is_complete = True

    def find_all(self, ids: Iterable[str]) -> Mapping[str, LastLabel]:
        """Return the last labels of those of *ids* that have one."""
        wanted = {hash(each): each for each in ids}
        found = dict[str, LastLabel]()
        for segment in self._segments.values():
            for key, label in segment.find_all(wanted.keys()):
                known = found.get(wanted[key])
                # Of labels with equal times, that of the last segment wins.
                if known is None or known.received_us <= label.received_us:
                    found[wanted[key]] = label
        return found

    def __len__(self) -> int:
        """Return the number of ids, where one with labels in several segments counts for each."""
        return sum(map(len, self._segments.values()))


class _SegmentLabels:
    """The last label of each id in one segment: sorted arrays, and what was read since."""

    def __init__(self) -> None:
        self.stamp: SegmentStamp | None = None
        self.newest_us = 0
        self._end = 0
        """The end of the last whole line that was read."""
        self._ids, self._times, self._meanings = array("q"), array("q"), array("q")
        self._tail = dict[int, LastLabel]()

    def read_on(self, path: Path, stamp: SegmentStamp) -> "_SegmentLabels":
        """Read the lines that are new, or all if the file is another one, and return the labels."""
        if self.stamp and (stamp.inode != self.stamp.inode or stamp.size < self._end):
            return _SegmentLabels().read_on(path, stamp)
        found = read_lines(path, self._end)
        if found.stamp.inode != stamp.inode:  # it was replaced just now
            return _SegmentLabels().read_on(path, found.stamp)
        for line in found.lines:
            self._end += len(line) + 1
            label = decode_label(line)
            if label is not None:
                time = to_microseconds(label.received_at)
                self._add(hash(label.id), LastLabel(time, hash_meaning(label.label)))
        if len(self._tail) > max(_LEAST_TAIL, len(self._ids) // _TAIL_SHARE):
            self._merge()
        self.stamp = found.stamp
        return self

    def find_all(self, keys: AbstractSet[int]) -> Iterator[tuple[int, LastLabel]]:
        """Yield the last labels in this segment of the ids with the hashes *keys*."""
        known = keys if len(keys) * _COST_OF_SEARCH < len(self._ids) else keys & set(self._ids)
        for key in known | (keys & self._tail.keys()):
            if (label := self._find(key)) is not None:
                yield key, label

    def _find(self, key: int) -> LastLabel | None:
        if (recent := self._tail.get(key)) is not None:
            return recent
        place = bisect_left(self._ids, key)
        if place == len(self._ids) or self._ids[place] != key:
            return None
        return LastLabel(self._times[place], self._meanings[place])

    def __len__(self) -> int:
        return len(self._ids) + len(self._tail)

    def _add(self, key: int, label: LastLabel) -> None:
        self.newest_us = max(self.newest_us, label.received_us)
        known = self._find(key)
        if known is None or known.received_us <= label.received_us:
            self._tail[key] = label

    def _merge(self) -> None:
        old = zip(self._ids, map(LastLabel, self._times, self._meanings), strict=True)
        merged = sorted({**dict(old), **self._tail}.items())
        self._ids = array("q", [key for key, _ in merged])
        self._times = array("q", [label.received_us for _, label in merged])
        self._meanings = array("q", [label.meaning for _, label in merged])
        self._tail.clear()
