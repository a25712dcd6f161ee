"""Report whether a process that has no port runs, by the lock that it holds on a directory."""

import fcntl
import os
from pathlib import Path


def is_locked(directory: Path) -> bool:
    """Return whether a process holds the lock of *directory*; False without the directory."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
