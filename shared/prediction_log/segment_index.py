"""The places of rows in segments of the prediction log, so that a segment is read once."""

from array import array
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import msgspec

from shared.prediction_log.segments import SegmentStamp, read_lines, read_parts

MAX_ROWS = 10_000_000
"""The most rows whose places are kept, at 16 bytes each. Further segments are read each time."""


class _Head(msgspec.Struct, frozen=True):
    """The field by which a row is found."""

    id: str


_HEADS = msgspec.json.Decoder(_Head)


@dataclass(frozen=True)
class _Places:
    """The rows of one segment."""

    stamp: SegmentStamp
    hashes: "array[int]"
    """The hash of the id on each line; 0 if the line has none."""
    starts: "array[int]"
    """The first byte of each line, and the end of the last one."""


class SegmentIndex:
    """The places of rows, for one thread.

    An index that is kept reads a segment as a whole once, and later only lines that are needed.
    """

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        self._known = dict[Path, _Places]()
        self._max_rows = max_rows
        self._rows = 0

    def retain(self, paths: Collection[Path]) -> None:
        """Forget all segments but *paths*."""
        for path in self._known.keys() - set(paths):
            self._forget(path)

    def find_lines(self, path: Path, stamp: SegmentStamp, hashes: AbstractSet[int]) -> list[bytes]:
        """Return the lines whose id has one of *hashes*, in their order; and maybe a few others.

        Args:
            path: The segment.
            stamp: Its stamp by its directory.
            hashes: The values of `hash` for the ids.

        Raises:
            OSError: The segment cannot be read, or was removed.
            UnsafeFileError: It is not a plain file.
            OversizedSegmentError: It is larger than readers accept.
        """
        known = self._known.get(path)
        if known is not None and known.stamp == stamp:
            places = [place for place, each in enumerate(known.hashes) if each in hashes]
            parts = [(known.starts[place], known.starts[place + 1] - 1) for place in places]
            found = read_parts(path, stamp, parts) if parts else []
            if found is not None:
                return found
        return self._read(path, hashes)

    def _read(self, path: Path, hashes: AbstractSet[int]) -> list[bytes]:
        self._forget(path)
        read = read_lines(path)
        found, starts = array("q"), array("Q", [0])
        for line in read.lines:
            found.append(_hash_id(line))
            starts.append(starts[-1] + len(line) + 1)
        if self._rows + len(found) <= self._max_rows:
            self._known[path] = _Places(read.stamp, found, starts)
            self._rows += len(found)
        return [line for line, each in zip(read.lines, found, strict=True) if each in hashes]

    def _forget(self, path: Path) -> None:
        known = self._known.pop(path, None)
        self._rows -= len(known.hashes) if known else 0


def _hash_id(line: bytes) -> int:
    try:
        return hash(_HEADS.decode(line).id)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0
