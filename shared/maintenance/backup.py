"""`python -m shared.maintenance.backup FILE`: copy the store at STORE_DIR into one file.

The store may be in use.
With `-` for FILE the bytes go to standard output.
"""

import contextlib
import sys
from pathlib import Path

from shared.errors import BackupError, ModelgateError, NotAStoreError, StoreWriteError
from shared.maintenance.backup_contents import BackupContents
from shared.maintenance.tar_archive import write_archive
from shared.settings import CommonSettings, load_settings
from shared.store.durable_write import fsync_directory, unique_suffix, write_new_file
from shared.store.store import ModelStore, open_store

STANDARD_STREAM = "-"


def write_backup(store: ModelStore, target: Path) -> BackupContents:
    """Write a backup of *store* to *target*, whole and durable or not at all; what is in it.

    Raises BackupError when it cannot be made, StoreWriteError when it cannot be written.
    """
    contents = BackupContents(store)
    if target.exists():
        raise BackupError(f"{target} exists already. Name a file that does not: FILE=…")
    temporary = target.with_name(f".{target.name}-{unique_suffix()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_new_file(temporary, write_archive(contents.members()))
        temporary.rename(target)
        fsync_directory(target.parent)
    except OSError as error:
        raise StoreWriteError(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return contents


def _stream(store: ModelStore) -> BackupContents:
    contents = BackupContents(store)
    try:
        for piece in write_archive(contents.members()):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise StoreWriteError(Path("standard output"), error) from error
    return contents


def main() -> int:
    """Say what was backed up, and what was left out; 1 when nothing was."""
    name = sys.argv[1]
    try:
        store = open_store(load_settings(CommonSettings).store_dir)
        if not store.layout.root.is_dir():
            raise NotAStoreError(f"There is no store at {store.layout.root}. Set STORE_DIR.")
        contents = _stream(store) if name == STANDARD_STREAM else write_backup(store, Path(name))
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for sentence in contents.left_out:
        print(f"note: {sentence}", file=sys.stderr)
    where = "" if name == STANDARD_STREAM else f" to {name}"
    print(f"Backed up{where} {contents.describe()}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
