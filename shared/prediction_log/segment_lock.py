"""The lock on a segment, which its writer and `make forget` take in turns.

Locks save work, and some mounts have none. So a writer also looks whether its segment still has
its name after each write, before it acknowledges. `make forget` looks whether the segment that it
replaced has grown meanwhile.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def is_in_place(descriptor: int, path: Path) -> bool:
    """Return whether *path* is still the file that *descriptor* has open."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def locked_if_free(descriptor: int) -> Iterator[bool]:
    """Hold the exclusive lock of an open segment; yield False if another process holds it.

    That process may be frozen, so a service does not wait for it. Without locks, yield True.
    The descriptor must be open for writing: NFS requires it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_free = True
    except BlockingIOError:
        is_free = False
    except OSError:  # this mount has no locks
        is_free = True
    try:
        yield is_free
    finally:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
