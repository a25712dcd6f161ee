"""Replace a segment by one without some lines.

The new segment has the owner, group, mode and time of the old one: readers find the same log, and
it is removed at the same time.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from shared.contract.layout import TEMPORARY_PREFIX
from shared.errors import DeletionError, StoreWriteError
from shared.forgetting.wanted_ids import Scan, WantedIds
from shared.prediction_log.segment_lock import is_in_place, locked_if_free
from shared.store.durable_write import SECRET_MODE, fsync_directory, unique_suffix
from shared.store.linkless_open import open_without_links

LEFTOVER_PREFIX = f"{TEMPORARY_PREFIX}forget-"
"""The beginning of the hidden names of new segments."""
LOCK_SECONDS = 30.0
"""The longest wait in seconds for the lock of a segment. A gatekeeper has it while it writes."""
_PAUSE_SECONDS = 0.01


def scan_file(path: Path, wanted: WantedIds) -> Scan:
    """Look for the ids in a file.

    Raises FileNotFoundError, OSError, or UnsafeFileError.
    """
    descriptor = open_without_links(path)
    with os.fdopen(descriptor, "rb") as file:
        return wanted.scan(file.read())


def rewrite_segment(path: Path, wanted: WantedIds, lock_seconds: float = LOCK_SECONDS) -> int:
    """Delete the lines of *wanted* from a segment; return how many there were.

    Raises:
        DeletionError: Another process has locked the segment for *lock_seconds*.
        UnsafeFileError: The path leads through a link.
        StoreWriteError: The segment cannot be replaced. It stays as it was.
    """
    while True:
        try:
            descriptor = open_without_links(path, os.O_RDWR)
        except FileNotFoundError:  # it is old, and was removed just now
            return 0
        try:
            with _locked(path, descriptor, lock_seconds):
                if is_in_place(descriptor, path):
                    return _rewrite(path, descriptor, wanted)
        except OSError as error:
            raise StoreWriteError(path, error) from error
        finally:
            os.close(descriptor)


def remove_leftovers(directory: Path) -> None:
    """Remove what a killed `make forget` has left in *directory*."""
    for path in directory.glob(f"{LEFTOVER_PREFIX}*"):
        path.unlink(missing_ok=True)


def copy_ownership(descriptor: int, found: os.stat_result) -> None:
    """Give a new file the mode, times and owner of *found*; raise OSError."""
    os.fchmod(descriptor, found.st_mode & 0o777)
    os.utime(descriptor, ns=(found.st_atime_ns, found.st_mtime_ns))
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (found.st_uid, found.st_gid):
        os.fchown(descriptor, found.st_uid, found.st_gid)


@contextlib.contextmanager
def _locked(path: Path, descriptor: int, lock_seconds: float) -> Iterator[None]:
    """Wait for the lock of a segment, and hold it; raise DeletionError if it is not free in time.

    A process that waits in flock(2) itself would wait for ever if the other one is frozen.
    """
    deadline = time.monotonic() + lock_seconds
    while True:
        with locked_if_free(descriptor) as is_free:
            if is_free:
                yield
                return
        if time.monotonic() >= deadline:
            raise DeletionError(
                f"{path} could not be replaced: another process has locked it for "
                f"{lock_seconds:.0f} s. Only gatekeepers and `make forget` lock segments, so one "
                "of them is frozen or paused, maybe on another host. Some rows may be deleted "
                "already. Continue or stop that process, then repeat this command."
            )
        time.sleep(_PAUSE_SECONDS)


def _rewrite(path: Path, descriptor: int, wanted: WantedIds) -> int:
    found = os.fstat(descriptor)
    data = _read(descriptor, 0)
    scan = wanted.scan(data)
    if not scan.found:
        return 0
    temporary = path.with_name(f"{LEFTOVER_PREFIX}{path.name}-{unique_suffix()}")
    new = os.open(
        temporary, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, SECRET_MODE
    )
    try:
        _write(new, scan.kept)
        copy_ownership(new, found)
        os.fsync(new)
        temporary.rename(path)
        fsync_directory(path.parent)
        # A writer without locks may have appended lines, which it finds in their place.
        late = wanted.scan(_read(descriptor, len(data)))
        if late.kept:
            _write(new, late.kept)
            os.fsync(new)
    finally:
        os.close(new)
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
    return scan.found + late.found


def _read(descriptor: int, offset: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(offset)
        return file.read()


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
