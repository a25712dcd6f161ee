"""Write a backup to a new file, or to standard output."""

import contextlib
import re
import sys
from pathlib import Path

from shared.errors import BackupError, StoreWriteError
from shared.maintenance.backup_contents import BackupContents
from shared.maintenance.tar_archive import write_archive
from shared.store.durable_write import (
    SECRET_MODE,
    fsync_directory,
    unique_suffix,
    write_new_file,
)
from shared.store.store import ModelStore

_HIDDEN = re.compile(r"\..+-[0-9]+(?:-[0-9a-f]{8})?")
"""The hidden name of a backup until it is complete: its name, the process and a random part.

A backup of `docker compose` has no random part."""
_GZIP = b"\x1f\x8b"


def write_backup(store: ModelStore, target: Path, *, with_rows: bool = False) -> BackupContents:
    """Write a whole, durable backup of *store* to *target*, or nothing; return what it contains.

    Only its owner can read the file, because it contains rows of the data. *with_rows* adds the
    logged rows and the labels.

    Raises BackupError if the store is damaged or *target* exists, StoreWriteError if the write
    failed.
    """
    contents = BackupContents(store, with_rows=with_rows)
    if target.exists():
        raise BackupError(f"{target} exists already. Name a new file: FILE=…")
    temporary = target.with_name(f".{target.name}-{unique_suffix()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_new_file(temporary, write_archive(contents.members()), mode=SECRET_MODE)
        temporary.rename(target)
        fsync_directory(target.parent)
    except OSError as error:
        raise StoreWriteError(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return contents


def stream_backup(store: ModelStore, *, with_rows: bool = False) -> BackupContents:
    """Write a backup of *store* to standard output; raise BackupError or StoreWriteError."""
    contents = BackupContents(store, with_rows=with_rows)
    try:
        sys.stdout.buffer.writelines(write_archive(contents.members()))
        sys.stdout.buffer.flush()
    except OSError as error:
        raise StoreWriteError(Path("standard output"), error) from error
    return contents


def find_unfinished(directory: Path) -> list[Path]:
    """Return the hidden files of other backups in *directory*: they run, or were killed.

    Nothing shows which of both, because a backup may run on another host. So none is removed.
    """
    with contextlib.suppress(OSError):
        return [path for path in sorted(directory.iterdir()) if _is_unfinished(path)]
    return []


def _is_unfinished(path: Path) -> bool:
    if not _HIDDEN.fullmatch(path.name) or path.is_symlink() or not path.is_file():
        return False
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(len(_GZIP)) in {_GZIP, b""}
    return False
