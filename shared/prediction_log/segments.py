"""The published segments of the prediction log and of the labels, for every reader."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.contract.layout import WORKER, StoreLayout, parse_segment_name
from shared.errors import OversizedSegmentError, UnsafeFileError
from shared.prediction_log.label import Label, decode_label
from shared.prediction_log.logged_row import LoggedRow, decode_row
from shared.store.linkless_open import open_without_links
from shared.store.verified_read import list_names
from shared.volume.fresh_names import retry_stale

MAX_SEGMENT_BYTES = 64 << 20
"""The largest segment that is read. Services write segments of about 16 MiB at most."""


@dataclass(frozen=True, order=True)
class SegmentStamp:
    """The identity of a segment's content: a replaced or longer segment has another one."""

    inode: int
    size: int
    changed_ns: int

    @classmethod
    def take(cls, found: os.stat_result) -> Self:
        """Return the stamp of a segment with this status."""
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class SegmentLines:
    """The whole lines of a segment."""

    stamp: SegmentStamp
    lines: tuple[bytes, ...]
    """Without what follows the last newline."""


def list_prediction_segments(layout: StoreLayout) -> list[Path]:
    """Return all published segments of the prediction log, by worker and number.

    Raises OSError, or UnsafeFileError if a path contains a link.
    """
    workers = sorted(filter(WORKER.fullmatch, _list(layout.predictions)))
    return [path for name in workers for path in _list_segments(layout.predictions / name)]


def list_feedback_segments(layout: StoreLayout) -> list[Path]:
    """Return all segments of the labels, by number.

    Raises OSError, or UnsafeFileError if a path contains a link.
    """
    return _list_segments(layout.feedback)


def list_oversized_segments(layout: StoreLayout) -> list[Path]:
    """Return the published segments of both kinds that readers leave out, because of their size.

    Raises OSError, or UnsafeFileError if a path contains a link.
    """
    found = [*list_prediction_segments(layout), *list_feedback_segments(layout)]
    return [path for path in found if _find_size(path) > MAX_SEGMENT_BYTES]


def read_lines(path: Path, start: int = 0) -> SegmentLines:
    """Read the whole lines of one segment, from the line that begins at byte *start* on.

    Raises FileNotFoundError, OSError, UnsafeFileError if *path* is not a plain file, or
    OversizedSegmentError if it has more than MAX_SEGMENT_BYTES.
    """
    return retry_stale(lambda: _read_lines(path, start), path.parent)


def read_rows(path: Path) -> Iterator[LoggedRow]:
    """Yield the rows of one segment; invalid lines are left out. Raises as `read_lines`."""
    yield from filter(None, map(decode_row, read_lines(path).lines))


def read_labels(path: Path) -> Iterator[Label]:
    """Yield the labels of one segment; invalid lines are left out. Raises as `read_lines`."""
    yield from filter(None, map(decode_label, read_lines(path).lines))


def read_parts(
    path: Path, stamp: SegmentStamp, parts: Sequence[tuple[int, int]]
) -> list[bytes] | None:
    """Read some parts of one segment, each from its first byte to before its end.

    Return None if the segment does not have *stamp* any more. Raises as `read_lines`.
    """
    return retry_stale(lambda: _read_parts(path, stamp, parts), path.parent)


def _read_lines(path: Path, start: int) -> SegmentLines:
    with _open(path) as (descriptor, stamp), os.fdopen(os.dup(descriptor), "rb") as file:
        if stamp.size > MAX_SEGMENT_BYTES:
            raise OversizedSegmentError(
                f"{path} has {stamp.size:,} bytes, but a segment has at most "
                f"{MAX_SEGMENT_BYTES >> 20} MiB. Services leave it out. Find out who wrote it, "
                "and remove it."
            )
        file.seek(start)
        data = file.read(max(0, stamp.size - start))
    return SegmentLines(stamp, tuple(data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]))


def _read_parts(
    path: Path, stamp: SegmentStamp, parts: Sequence[tuple[int, int]]
) -> list[bytes] | None:
    with _open(path) as (descriptor, found):
        if found != stamp:
            return None
        return [os.pread(descriptor, end - start, start) for start, end in parts]


@contextmanager
def _open(path: Path) -> Iterator[tuple[int, SegmentStamp]]:
    descriptor = open_without_links(path)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UnsafeFileError(f"{path} is not a regular file.")
        yield descriptor, SegmentStamp.take(found)
    finally:
        os.close(descriptor)


def _find_size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:  # it was removed since it was listed
        return 0


def _list_segments(directory: Path) -> list[Path]:
    numbers = {name: parse_segment_name(name) for name in _list(directory)}
    known = [(number, name) for name, number in numbers.items() if number is not None]
    return [directory / name for _, name in sorted(known)]


def _list(directory: Path) -> list[str]:
    try:
        return list_names(directory)
    except FileNotFoundError:
        return []
