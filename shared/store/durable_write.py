"""The only code that writes to the store.

Each write has the same steps: write a temporary file beside the target, fsync it, make it visible
in one step (rename or link), fsync the directory. After an error the temporary file is deleted
and never fsynced again: the kernel may have dropped its pages (Rebello et al., USENIX ATC 2020).
Modes are set explicitly, so the caller's umask does not matter.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from shared.contract.layout import TEMPORARY_PREFIX
from shared.errors import StoreWriteError

FILE_MODE = 0o644
SECRET_MODE = 0o600
DIRECTORY_MODE = 0o755
ROW_FILE_MODE = 0o640
"""The mode of files with data of single rows."""
ROW_DIRECTORY_MODE = 0o750


def replace_file(path: Path, data: bytes, *, mode: int = FILE_MODE, durable: bool = True) -> None:
    """Write *data* to *path* atomically: readers see all old bytes or all new bytes.

    Without *durable*, nothing is fsynced; heartbeats are worthless after a crash. Raises
    StoreWriteError and then leaves the old file unchanged.
    """
    with _errors_name(path):
        temporary = _write_temporary(path, data, mode, durable=durable)
        try:
            temporary.rename(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        if durable:
            fsync_directory(path.parent)


def create_file(path: Path, data: bytes, *, mode: int = FILE_MODE) -> None:
    """Write *data* to *path* unless the path exists; one link(2) is the commit.

    Raises FileExistsError if another writer was first, StoreWriteError if the write failed.
    """
    with _errors_name(path):
        temporary = _write_temporary(path, data, mode, durable=True)
        try:
            _link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        fsync_directory(path.parent)


def write_new_file(
    path: Path, chunks: Iterable[bytes], *, mode: int = FILE_MODE, changed: float | None = None
) -> None:
    """Write and fsync a new file of a staging directory, which no reader sees yet.

    *changed* is its time of change in seconds since 1970, if that is in the past.
    """
    with _errors_name(path):
        _write_exclusive(path, chunks, mode, durable=True, changed=changed)


def move_file(path: Path, target: Path) -> None:
    """Move a new file of a staging directory to *target*, where it replaces another file.

    Raises StoreWriteError, and then leaves the other file unchanged.
    """
    with _errors_name(target):
        path.rename(target)
        fsync_directory(target.parent)


def append_line(path: Path, line: bytes) -> None:
    """Append *line* in one write, and fsync the file; only training.log grows in place."""
    with _errors_name(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            os.fchmod(descriptor, FILE_MODE)
            _write_all(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_directory(path: Path, *, mode: int = DIRECTORY_MODE) -> None:
    """Create *path* with *mode*, and its missing parents with mode 0755."""
    if path.is_dir():
        return
    with _errors_name(path):
        make_directory(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode)
            path.chmod(mode)
            fsync_directory(path.parent)


def share_with_group(path: Path | int, directory: Path) -> None:
    """Give a new file or directory the group of *directory*, if this process is a member.

    Otherwise it keeps its group, and `make fsck` reports it.
    """
    with contextlib.suppress(PermissionError):
        os.chown(path, -1, directory.stat().st_gid)


@contextlib.contextmanager
def staging_directory(path: Path) -> Iterator[Path]:
    """Create the hidden directory *path*, and delete it afterwards unless it was published."""
    make_directory(path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def publish_directory(staging: Path, final: Path) -> None:
    """Rename a staging directory, whose files are fsynced, to its final name.

    Raises FileExistsError if *final* exists, StoreWriteError if the rename failed.
    """
    with _errors_name(final):
        fsync_directory(staging)
        try:
            staging.rename(final)
        except OSError as error:
            if final.is_dir():  # rename replaces an empty directory only
                raise FileExistsError(f"{final} exists already") from error
            raise
        fsync_directory(final.parent)


def remove_directory(path: Path, trash: Path) -> None:
    """Hide a directory by renaming it to *trash*, a hidden name, then delete it."""
    with _errors_name(path):
        path.rename(trash)
        fsync_directory(path.parent)
        shutil.rmtree(trash, ignore_errors=True)


def read_clock(directory: Path) -> float:
    """Return the time that the file system of *directory* gives to a file that is written now."""
    path = directory / f"{TEMPORARY_PREFIX}clock-{unique_suffix()}"
    with _errors_name(path):
        _write_exclusive(path, [], FILE_MODE, durable=False)
        try:
            return path.lstat().st_mtime
        finally:
            path.unlink(missing_ok=True)


def fsync_directory(path: Path) -> None:
    """Make the names in the directory *path* durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unique_suffix() -> str:
    """Return the end of a file name that no other writer uses."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


def _link(temporary: Path, path: Path) -> None:
    """Link *path* to *temporary*; on a network file system an error may hide a success."""
    try:
        os.link(temporary, path)
    except OSError:
        if temporary.stat().st_nlink != 2:  # noqa: PLR2004 - the temporary and the final name
            raise


def _write_temporary(path: Path, data: bytes, mode: int, *, durable: bool) -> Path:
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{path.name}-{unique_suffix()}")
    try:
        _write_exclusive(temporary, [data], mode, durable=durable)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _write_exclusive(
    path: Path,
    chunks: Iterable[bytes],
    mode: int,
    *,
    durable: bool,
    changed: float | None = None,
) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, SECRET_MODE)
    try:
        for chunk in chunks:
            _write_all(descriptor, chunk)
        os.fchmod(descriptor, mode)
        if changed is not None and changed < time.time():
            os.utime(descriptor, (changed, changed))
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextlib.contextmanager
def _errors_name(path: Path) -> Iterator[None]:
    """Raise StoreWriteError, which names the file, for any OSError but FileExistsError."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise StoreWriteError(path, error) from error
