"""Find names that another host has just created.

A client of NFS remembers for up to a minute that a name is missing. It asks the server again when
a program opens the directory of that name. So every look for a name that may appear later opens the
directory before it says that the name is missing. On a local file system this costs one open.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
_ATTEMPTS = 10
"""Most attempts to read a file that is replaced again and again."""

_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def look_again_at(directory: int) -> None:
    """Let the next look for a name in the open *directory* ask the file server."""
    os.close(os.open(os.curdir, _LIST, dir_fd=directory))


def retry_stale(read: Callable[[], Result], directory: Path) -> Result:
    """Return the result of *read*; repeat it while a file that it opened was replaced meanwhile.

    A client of NFS may open a file from its memory that the server has replaced. It then fails
    with ESTALE. Raises the OSError of *read* for another reason, or after several attempts.
    """
    for _ in range(_ATTEMPTS):
        try:
            return read()
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
            os.close(os.open(directory, _LIST))
    return read()


def list_directory(path: Path) -> list[str]:
    """List the names in the directory *path*.

    Raises FileNotFoundError or another OSError.
    """
    try:
        return os.listdir(path)
    except FileNotFoundError:
        if not _look_again(path):
            raise
        return os.listdir(path)


def is_directory(path: Path) -> bool:
    """Return whether *path* is a directory."""
    return path.is_dir() or (_look_again(path) and path.is_dir())


def _look_again(path: Path) -> bool:
    """Open the directory of *path*, or the nearest one that exists; return whether one was new."""
    try:
        os.close(os.open(path.parent, _LIST))
    except FileNotFoundError:
        return path.parent != path and _look_again(path.parent) and _look_again(path)
    except OSError:
        return False
    return os.path.lexists(path)
