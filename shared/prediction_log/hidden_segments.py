"""Hidden segments that are not written any more, and their publication."""

import contextlib
import os
import sys
from pathlib import Path

from shared.contract.layout import parse_hidden_segment_name, segment_file_name
from shared.store.durable_write import fsync_directory
from shared.store.linkless_open import open_without_links

_CHUNK = 1 << 16
MANY_BYTES = 1 << 20
"""Bytes of a segment from which the system need not keep it in memory after its publication.

The next segment then uses the same memory. Otherwise a busy log fills all free memory, and takes
the place of files that are read again. On a virtual machine, new memory costs more than the write.
"""


def publish_segment(directory: Path, name: str) -> None:
    """Publish the whole lines of the hidden segment *name* in *directory*; remove an empty one.

    Two processes may do it at once: one rename succeeds. Do nothing if the segment is gone.
    Raises OSError, or UnsafeFileError if it is not a plain file.
    """
    number = parse_hidden_segment_name(name)
    path = directory / name
    if number is None:
        return
    try:
        descriptor = open_without_links(path)
        try:
            size = _trim(path, descriptor)
            if size:
                os.fsync(descriptor)
                if size >= MANY_BYTES:
                    _release_memory(descriptor)
        finally:
            os.close(descriptor)
        if size:
            path.rename(directory / segment_file_name(number))
        else:
            path.unlink()
    except FileNotFoundError:
        return
    fsync_directory(directory)


def _trim(path: Path, descriptor: int) -> int:
    """Cut off what follows the last newline; return the size of the rest."""
    size = end = os.fstat(descriptor).st_size
    whole = 0
    while end and not whole:
        start = max(0, end - _CHUNK)
        whole = start + os.pread(descriptor, end - start, start).rfind(b"\n") + 1
        if whole == start:  # no newline in this chunk
            whole = 0
        end = start
    if whole < size:
        os.truncate(path, whole)
    return whole


def _release_memory(descriptor: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # it is only a hint
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
