"""Write a backup to a new file, or to standard output."""

import contextlib
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
