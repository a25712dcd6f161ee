"""The ids of all published logged rows, as 64-bit hashes: 8 bytes for each row.

Segments come and go every minute, so each has its own sorted array. Directories in which nothing
was published, removed or replaced are not listed again.
"""

import os
import threading
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from shared.contract.layout import WORKER, StoreLayout, parse_segment_name
from shared.errors import OversizedSegmentError
from shared.prediction_log.segments import MAX_SEGMENT_BYTES, SegmentStamp, read_lines
from shared.store.verified_read import list_names

_SETTLED_NS = 5 * 10**9
"""Age of a directory's last change in nanoseconds from which its time tells of the next change."""
_COST_OF_SEARCH = 8
"""Searches of one array cost as much as a walk over this many of its items, and over one more."""


class _Head(msgspec.Struct):
    id: str


_HEADS = msgspec.json.Decoder(_Head)


@dataclass
class _Worker:
    """The segments of one worker, by name."""

    changed_ns: int = -1
    """The last change of the directory, if it was long ago when the directory was listed."""
    segments: dict[str, tuple[SegmentStamp, "array[int]"]] = field(default_factory=dict)


class RowIndex:
    """The ids of the published rows. Threads may search while one refreshes."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout
        self._workers = dict[str, _Worker]()
        self._refreshing = threading.Lock()
        self._runs: tuple[array[int], ...] = ()
        self.is_complete = False
        """Whether all segments were read once."""

    def refresh(self, stopping: threading.Event | None = None) -> None:
        """Read the segments that are new or replaced, and leave out those that are gone.

        Raises OSError, or UnsafeFileError if a path contains a link.
        """
        with self._refreshing:
            workers = dict[str, _Worker]()
            for name in self._list_workers():
                workers[name] = self._workers.get(name) or _Worker()
                self._refresh_worker(self._layout.predictions / name, workers[name], stopping)
                if stopping is not None and stopping.is_set():
                    return
            self._workers = workers
            self._runs = tuple(
                run for each in workers.values() for _, run in each.segments.values()
            )
            self.is_complete = True

    def find_unknown(self, ids: Iterable[str]) -> set[str]:
        """Return those of *ids* that no row has."""
        wanted = {hash(each): each for each in ids}
        missing = set(wanted)
        for run in self._runs:
            if len(missing) * _COST_OF_SEARCH < len(run):
                missing.difference_update([key for key in missing if _contains(run, key)])
            else:
                missing.difference_update(run)
            if not missing:
                break
        return {wanted[key] for key in missing}

    def __len__(self) -> int:
        """Return the number of rows."""
        return sum(map(len, self._runs))

    def _list_workers(self) -> list[str]:
        try:
            return sorted(filter(WORKER.fullmatch, list_names(self._layout.predictions)))
        except FileNotFoundError:
            return []

    def _refresh_worker(
        self, directory: Path, worker: _Worker, stopping: threading.Event | None
    ) -> None:
        try:
            changed_ns = directory.lstat().st_mtime_ns
            if changed_ns == worker.changed_ns:
                return
            names = [name for name in list_names(directory) if parse_segment_name(name)]
        except (FileNotFoundError, NotADirectoryError):
            worker.segments.clear()
            return
        for gone in worker.segments.keys() - set(names):
            del worker.segments[gone]
        for name in names:
            if stopping is not None and stopping.is_set():
                return
            self._read(directory / name, worker)
        is_settled = time.time_ns() - changed_ns > _SETTLED_NS
        worker.changed_ns = changed_ns if is_settled else -1

    @staticmethod
    def _read(path: Path, worker: _Worker) -> None:
        try:
            found = os.lstat(path)
            stamp = SegmentStamp(found.st_ino, found.st_size, found.st_mtime_ns)
            known = worker.segments.get(path.name)
            if stamp.size > MAX_SEGMENT_BYTES:  # make fsck reports it
                worker.segments.pop(path.name, None)
            elif known is None or known[0] != stamp:
                lines = read_lines(path)
                ids = sorted(
                    {hash(each) for each in map(_find_id, lines.lines) if each is not None}
                )
                worker.segments[path.name] = lines.stamp, array("q", ids)
        except (FileNotFoundError, OversizedSegmentError):  # it has changed since it was listed
            worker.segments.pop(path.name, None)


def _contains(run: "array[int]", key: int) -> bool:
    place = bisect_left(run, key)
    return place < len(run) and run[place] == key


def _find_id(line: bytes) -> str | None:
    try:
        return _HEADS.decode(line).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
