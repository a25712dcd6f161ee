"""The only code that writes on the store.

Order of every write: temporary name beside the target, write, fsync the file, make it visible
in one step (rename or link), fsync the directory. After an error the temporary file is thrown
away and never fsynced again: the kernel may have dropped its pages (Rebello et al., USENIX
ATC 2020). Modes are set explicitly, because the umask is the caller's, not the contract's.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from shared.contract.layout import TEMPORARY_PREFIX
from shared.errors import StoreWriteError

FILE_MODE = 0o644
SECRET_MODE = 0o600
DIRECTORY_MODE = 0o755


def replace_file(path: Path, data: bytes, *, mode: int = FILE_MODE, durable: bool = True) -> None:
    """Put *data* at *path* atomically: readers see the old bytes or the new, never a mixture.

    With ``durable=False`` (heartbeats, which are worthless after a crash) nothing is fsynced.
    Raises StoreWriteError; the old file then stands as it was.
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
    """Put *data* at *path* if and only if nothing stands there: one link(2) is the commit.

    Raises FileExistsError when another writer was first, StoreWriteError when it could not
    be written.
    """
    with _errors_name(path):
        temporary = _write_temporary(path, data, mode, durable=True)
        try:
            _link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        fsync_directory(path.parent)


def write_new_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Write one file of a staging directory that nobody else can see yet, and fsync it."""
    with _errors_name(path):
        _write_exclusive(path, chunks, FILE_MODE, durable=True)


def append_line(path: Path, line: bytes) -> None:
    """Append to the one file that grows in place, in one write, and fsync it."""
    with _errors_name(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            os.fchmod(descriptor, FILE_MODE)
            _write_all(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_directory(path: Path) -> None:
    """Create *path* and its parents where missing, each with the contract's mode."""
    if path.is_dir():
        return
    with _errors_name(path):
        make_directory(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            path.chmod(DIRECTORY_MODE)
            fsync_directory(path.parent)


def publish_directory(staging: Path, final: Path) -> None:
    """Make a finished staging directory visible under its final name: one rename.

    The staging directory's files are already fsynced. Raises FileExistsError when *final*
    is there already, StoreWriteError when the rename failed.
    """
    with _errors_name(final):
        fsync_directory(staging)
        try:
            staging.rename(final)
        except OSError as error:
            if final.is_dir():  # a non-empty directory is never replaced; its name is taken
                raise FileExistsError(f"{final} is published already") from error
            raise
        fsync_directory(final.parent)


def remove_directory(path: Path, trash: Path) -> None:
    """Take a directory out of sight in one rename, then delete it; *trash* must be hidden."""
    with _errors_name(path):
        path.rename(trash)
        fsync_directory(path.parent)
        shutil.rmtree(trash, ignore_errors=True)


def fsync_directory(path: Path) -> None:
    """Make the names inside *path* durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unique_suffix() -> str:
    """A name part that no other writer uses."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


def _link(temporary: Path, path: Path) -> None:
    """link(2), whose error (EEXIST too) on a network file system may hide that it succeeded."""
    try:
        os.link(temporary, path)
    except OSError:
        if temporary.stat().st_nlink != 2:  # noqa: PLR2004 - two names: ours and the final one
            raise


def _write_temporary(path: Path, data: bytes, mode: int, *, durable: bool) -> Path:
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{path.name}-{unique_suffix()}")
    try:
        _write_exclusive(temporary, [data], mode, durable=durable)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _write_exclusive(path: Path, chunks: Iterable[bytes], mode: int, *, durable: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, SECRET_MODE)
    try:
        for chunk in chunks:
            _write_all(descriptor, chunk)
        os.fchmod(descriptor, mode)
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
    """Turn the system's errors into one that names the file; a taken name stays itself."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise StoreWriteError(path, error) from error
