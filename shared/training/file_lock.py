"""Locks on files of training/, which the kernel releases when their holder dies.

They save work: no two trainings at the same time. No invariant of the store depends on them, since
some mounts have no locks, see docs/adr/0002-a-link-commits-a-decision.md.
"""

import fcntl
import os
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.store.durable_write import FILE_MODE, make_directory

_OPEN = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class FileLock:
    """An open file that can be locked; closing it, or the end of the process, releases it."""

    def __init__(self, path: Path) -> None:
        """Open the file, and create it if it is missing; raise StoreWriteError or OSError."""
        make_directory(path.parent)
        self.descriptor = os.open(path, _OPEN, FILE_MODE)
        if (os.fstat(self.descriptor).st_mode & 0o777) != FILE_MODE:
            os.fchmod(self.descriptor, FILE_MODE)

    def try_exclusively(self) -> bool:
        """Lock the file unless another process has; raise OSError without locks on this mount."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Lock the file unless another process has locked it exclusively; raise as above."""
        return self._try(fcntl.LOCK_SH)

    def close(self) -> None:
        """Release the lock in this process."""
        os.close(self.descriptor)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def is_trainer_waiting(layout: StoreLayout) -> bool:
    """Say whether a waiting trainer lives: it holds the lock of its file.

    False if this host cannot know, because the file system has no locks.
    """
    try:
        descriptor = os.open(layout.waiting_lock, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
