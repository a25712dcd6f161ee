"""Removal of old segments, and of the oldest ones while all of them are too large."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.contract.layout import parse_segment_name
from shared.errors import UnsafeFileError
from shared.store.linkless_open import open_without_links

MAX_REMOVED = 1_000
"""The most segments that one call removes."""
_DAY_SECONDS = 86_400.0
EMPTY_SECONDS = 3_600.0
"""Age in seconds of an empty directory that is removed: its worker may be about to write."""


@dataclass(frozen=True, order=True)
class _Segment:
    changed: float
    """Seconds since 1970, by the clock of the volume."""
    path: Path
    size: int
    is_published: bool


def remove_old_segments(
    predictions: Path, workers: list[str], now: float, days: int, max_bytes: int
) -> int:
    """Remove segments of *workers*, the oldest first, and return their number.

    Removed are those older than *days*, and then others until all have at most *max_bytes*. One
    call removes at most MAX_REMOVED. Hidden segments count, and stay: they are published soon.
    *now* is the time of the volume, in seconds since 1970.
    """
    segments = sorted(each for worker in workers for each in _list(predictions / worker))
    size = sum(each.size for each in segments)
    oldest = now - days * _DAY_SECONDS
    removed = 0
    for segment in segments:
        if removed == MAX_REMOVED or (segment.changed >= oldest and size <= max_bytes):
            break
        if not segment.is_published:
            continue
        with contextlib.suppress(FileNotFoundError):  # another worker was first
            segment.path.unlink()
        size -= segment.size
        removed += 1
    return removed


def remove_if_empty(directory: Path, now: float) -> None:
    """Remove the directory of a worker that is gone, if it is empty and was so for a while."""
    with contextlib.suppress(OSError):
        if now - os.lstat(directory).st_mtime > EMPTY_SECONDS:
            directory.rmdir()


def _list(directory: Path) -> Iterator[_Segment]:
    try:
        descriptor = open_without_links(directory, os.O_DIRECTORY)
    except (OSError, UnsafeFileError):  # removed meanwhile, or not a directory
        return
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    is_published = parse_segment_name(entry.name) is not None
                    path = directory / entry.name
                    yield _Segment(found.st_mtime, path, found.st_size, is_published)
    finally:
        os.close(descriptor)
