"""Open a file that another user wrote by a path none of whose parts is a link.

Each directory is opened in the one before it, so swapping a part for a link changes nothing.
"""

import os
from pathlib import Path

from shared.errors import UnsafeFileError

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_without_links(path: Path, flags: int = 0) -> int:
    """Return a descriptor for reading *path*; never wait for a FIFO.

    Args:
        path: An absolute path without `..`.
        flags: More flags of os.open.

    Raises:
        FileNotFoundError: A part of the path does not exist.
        UnsafeFileError: A part of the path is a link or cannot be opened.
    """
    try:
        directory = os.open(path.anchor or os.curdir, _STEP)
        try:
            for part in path.parent.parts[bool(path.anchor) :]:
                below = os.open(part, _STEP, dir_fd=directory)
                os.close(directory)
                directory = below
            return os.open(path.name, _READ | flags, dir_fd=directory)
        finally:
            os.close(directory)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnsafeFileError(f"{path} cannot be opened safely: {error.strerror}.") from error
