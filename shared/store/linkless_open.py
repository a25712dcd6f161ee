"""Open a file that another user wrote by a path none of whose parts is a link.

Each directory is opened in the one before it, so swapping a part for a link changes nothing.
A part that is missing is looked for twice, because a client of NFS may only remember that.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import UnsafeFileError
from shared.volume.fresh_names import look_again_at

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_without_links(path: Path, flags: int = 0) -> int:
    """Return a descriptor for reading *path*; never wait for a FIFO.

    Args:
        path: An absolute path without `..`.
        flags: More flags of os.open.

    Raises:
        FileNotFoundError: A part of the path does not exist.
        OSError: Another host has replaced a part of the path just now (ESTALE).
        UnsafeFileError: A part of the path is a link or cannot be opened.
    """
    with _explain(path):
        directory = os.open(path.anchor or os.curdir, _STEP)
        try:
            for part in path.parent.parts[bool(path.anchor) :]:
                below = _open_below(directory, part, _STEP)
                os.close(directory)
                directory = below
            return _open_below(directory, path.name, _READ | flags)
        finally:
            os.close(directory)


def open_name(directory: int, path: Path) -> int:
    """Return a descriptor for reading the last part of *path*, in its open *directory*.

    Raises the errors of `open_without_links`.
    """
    with _explain(path):
        return _open_below(directory, path.name, _READ)


@contextmanager
def _explain(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.ESTALE:
            raise
        raise UnsafeFileError(f"{path} cannot be opened safely: {error.strerror}.") from error


def _open_below(directory: int, name: str, flags: int) -> int:
    try:
        return os.open(name, flags, dir_fd=directory)
    except FileNotFoundError:
        look_again_at(directory)
        return os.open(name, flags, dir_fd=directory)
