"""The time of a label in microseconds since 1970, and the newest one on the volume."""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.errors import UnsafeFileError
from shared.prediction_log.label import decode_label
from shared.prediction_log.segments import list_feedback_segments
from shared.store.linkless_open import open_without_links

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PART_BYTES = 1 << 16
"""Bytes at an end of a segment that have its first or last label: a line is far shorter."""


def to_microseconds(time: datetime) -> int:
    """Return *time* in whole microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def to_time(microseconds: int) -> datetime:
    """Return the time that is *microseconds* after 1970, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND


def read_newest_us(layout: StoreLayout) -> int:
    """Return the time of the newest last label of a segment; 0 without labels.

    It reads only the end of each segment, however large. Segments that cannot be read are left
    out. The labels of a segment are in the order of their times.
    """
    segments = list[Path]()
    with suppress(OSError, UnsafeFileError):
        segments = list_feedback_segments(layout)
    return max(map(_read_last_us, segments), default=0)


def read_first_time(path: Path) -> datetime | None:
    """Return the time of the first label of a segment; None without labels.

    Raises FileNotFoundError, OSError, or UnsafeFileError if *path* contains a link.
    """
    return _find_time(_read_part(path, from_end=False))


def _read_last_us(path: Path) -> int:
    try:
        time = _find_time(reversed(_read_part(path, from_end=True)))
    except (OSError, UnsafeFileError):
        return 0
    return to_microseconds(time) if time else 0


def _read_part(path: Path, *, from_end: bool) -> list[bytes]:
    """Return the whole lines at the beginning or the end of a segment, and maybe a part of one."""
    descriptor = open_without_links(path)
    try:
        size = os.fstat(descriptor).st_size
        part = os.pread(descriptor, _PART_BYTES, max(0, size - _PART_BYTES) if from_end else 0)
    finally:
        os.close(descriptor)
    return part.split(b"\n")[:-1]


def _find_time(lines: Iterable[bytes]) -> datetime | None:
    """Return the time of the first line that is a label."""
    labels = filter(None, map(decode_label, lines))
    return next((label.received_at for label in labels), None)
