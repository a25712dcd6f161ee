"""Opening what others wrote by a path of which no part is a link, however they swap its parts.

One call where the kernel has openat2 (Linux 5.6 and newer). Elsewhere, or where a sandbox
forbids that call, directory by directory, each opened in the one before it.
"""

import ctypes
import errno
import os
import sys
from pathlib import Path

from shared.errors import UnsafeFileError

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_STEP = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPENAT2 = 437
"""Its number on every architecture of Linux."""
_AT_FDCWD = -100
_NO_LINKS = 0x04 | 0x02
"""RESOLVE_NO_SYMLINKS, and those of /proc."""
_NOT_HERE = frozenset({errno.ENOSYS, errno.EPERM})
"""An older kernel, and a sandbox that does not know the call."""
_libc = ctypes.CDLL(None, use_errno=True)


class _How(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def open_without_links(path: Path, flags: int = 0) -> int:
    """A descriptor for reading *path*, an absolute path without `..`; it waits for no FIFO.

    *flags* of os.open are added. Raises FileNotFoundError, or UnsafeFileError when a part of
    the path is a link or cannot be opened.
    """
    try:
        return _open(path, _READ | flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnsafeFileError(f"{path} cannot be opened safely: {error.strerror}.") from error


def _open(path: Path, flags: int) -> int:
    if sys.platform == "linux":
        try:
            return _in_one_call(path, flags)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
    return _step_by_step(path, flags)


def _in_one_call(path: Path, flags: int) -> int:
    how = _How(flags, 0, _NO_LINKS)
    size = ctypes.sizeof(how)
    while True:
        found: int = _libc.syscall(
            _OPENAT2, _AT_FDCWD, os.fsencode(path), ctypes.byref(how), ctypes.c_size_t(size)
        )
        if found >= 0:
            return found
        code = ctypes.get_errno()
        if code != errno.EINTR:
            raise OSError(code, os.strerror(code), str(path))


def _step_by_step(path: Path, flags: int) -> int:
    directory = os.open(path.anchor or os.curdir, _STEP)
    try:
        for part in path.parent.parts[bool(path.anchor) :]:
            below = os.open(part, _STEP, dir_fd=directory)
            os.close(directory)
            directory = below
        return os.open(path.name, flags | os.O_NOFOLLOW, dir_fd=directory)
    finally:
        os.close(directory)
