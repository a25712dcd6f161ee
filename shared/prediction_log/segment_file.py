"""A file that one process appends whole lines to, for readers of its directory's group."""

import contextlib
import os
from pathlib import Path
from typing import Self

from shared.errors import StoreWriteError
from shared.store.durable_write import (
    ROW_DIRECTORY_MODE,
    ROW_FILE_MODE,
    make_directory,
    share_with_group,
)


class SegmentFile:
    """An open segment. Use it from one thread."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = 0
        """Bytes of whole lines."""
        self.descriptor = descriptor
        """The open file; others may lock it."""

    @classmethod
    def create(cls, path: Path) -> Self:
        """Create a segment with the group of its directory.

        Raises FileExistsError or StoreWriteError.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            descriptor = os.open(path, flags, 0o600)
            try:
                share_with_group(descriptor, path.parent)
                os.fchmod(descriptor, ROW_FILE_MODE)
            except BaseException:
                os.close(descriptor)
                path.unlink(missing_ok=True)
                raise
        except FileExistsError:
            raise
        except OSError as error:
            raise StoreWriteError(path, error) from error
        return cls(path, descriptor)

    def append(self, lines: bytes | memoryview, *, durable: bool = False) -> None:
        """Append whole *lines*, in one write if the file system takes them.

        If *durable*, they are on the disk when it returns.

        After an error nothing of them is left, if the file can still be truncated. Close the
        segment then, and continue in another one. Raises StoreWriteError.
        """
        rest = memoryview(lines)
        try:
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]
            if durable:
                os.fsync(self.descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self.descriptor, self.size)
            raise StoreWriteError(self.path, error) from error
        self.size += len(lines)

    def is_in_place(self) -> bool:
        """Return whether the segment still has its name: another process may have renamed it."""
        try:
            found, own = os.lstat(self.path), os.fstat(self.descriptor)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):  # NFS may report an earlier error here
            os.close(self.descriptor)


def make_segment_directory(path: Path) -> None:
    """Create *path*, a directory of segments, with its parent's group. Raises StoreWriteError."""
    if path.is_dir():
        return
    make_directory(path.parent, mode=ROW_DIRECTORY_MODE)
    make_directory(path, mode=ROW_DIRECTORY_MODE)
    try:
        share_with_group(path, path.parent)
    except OSError as error:
        raise StoreWriteError(path, error) from error
