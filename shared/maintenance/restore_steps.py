"""Restore a whole backup into an empty store, or nothing.

The backup is unpacked and checked in a hidden directory. This directory is renamed to a name with
which no service starts, and its content is moved to its final places. Removing the empty directory
is the commit. A killed restore leaves an empty store, or one that only another restore opens.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import BinaryIO

from shared.contract.layout import (
    CANDIDATES,
    DECISIONS,
    DELETIONS,
    DRIFT,
    FEEDBACK,
    LIVE,
    MARKER,
    MODELS,
    PREDICTIONS,
    PRIVATE_NAMES,
    REGISTRY,
    RESTORE_PREFIX,
    STORE_DIRECTORIES,
    StoreLayout,
)
from shared.errors import BackupError, StoreError, StoreNotEmptyError, StoreWriteError
from shared.maintenance.backup_paths import is_backed_up, is_row_path
from shared.maintenance.store_checker import check_store
from shared.maintenance.tar_archive import read_archive
from shared.store.decision_log import DecisionLog
from shared.store.durable_write import (
    ROW_DIRECTORY_MODE,
    ROW_FILE_MODE,
    fsync_directory,
    make_directory,
    unique_suffix,
    write_new_file,
)
from shared.store.store import ModelStore, open_store

STANDARD_STREAM = "-"
"""The file name that means standard input, or standard output for a backup."""
_IN_ORDER = (
    *(MODELS, DECISIONS, REGISTRY, CANDIDATES, LIVE, DRIFT, PREDICTIONS, FEEDBACK, DELETIONS),
    MARKER,
)
"""The order of the moves: a file comes after the files that it refers to. Candidates come after
the decisions on them, so no gatekeeper decides them again."""


def restore_file(name: str, root: Path) -> str:
    """Restore the file *name*, or standard input for `-`, into *root*; return a summary.

    Raises the errors of `restore_archive`, and BackupError if the file cannot be opened.
    """
    if name == STANDARD_STREAM:
        log = restore_archive(sys.stdin.buffer, "standard input", root)
    else:
        try:
            with Path(name).open("rb") as source:
                log = restore_archive(source, name, root)
        except OSError as error:
            raise BackupError(
                f"The backup {name} cannot be read: {error.strerror}. Name a backup: FILE=…"
            ) from error
    version = log.registry.version if log.registry else 0
    return f"Restored version {version} with {len(log.entries)} decisions into {root}."


def restore_archive(source: BinaryIO, archive: str, root: Path) -> DecisionLog:
    """Restore the backup in *source* into the store at *root*, and return its log.

    Errors call the backup *archive*. After an error nothing is restored.

    Raises:
        StoreNotEmptyError: The store is not empty.
        NotAStoreError: The directory contains other files.
        BackupError: *source* is not a whole backup.
        StoreWriteError: The store cannot be written.
    """
    layout = StoreLayout(root.resolve())
    try:
        _discard_unfinished(layout)
        open_store(layout.root)
        make_directory(layout.root)
        _require_empty(layout)
        staging = layout.root / f"{RESTORE_PREFIX}{unique_suffix()}"
        try:
            _unpack(source, archive, staging)
            log = _require_whole(archive, staging)
            _require_empty(layout)
            _move(staging, layout)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise StoreWriteError(layout.root, error) from error
    return log


def _discard_unfinished(layout: StoreLayout) -> None:
    """Delete the files of a killed restore; no service has started on them."""
    for leftover in layout.root.glob(f"{RESTORE_PREFIX}*"):
        shutil.rmtree(leftover)
    if layout.restoring.exists():
        layout.registry.unlink(missing_ok=True)
        layout.drift.unlink(missing_ok=True)
        layout.deletions.unlink(missing_ok=True)
        for name in (CANDIDATES, DECISIONS, MODELS, LIVE, PREDICTIONS, FEEDBACK):
            if (layout.root / name).exists():
                shutil.rmtree(layout.root / name)
        shutil.rmtree(layout.restoring)


def _require_empty(layout: StoreLayout) -> None:
    for path in sorted(layout.root.iterdir()):
        is_empty_part = path.name in STORE_DIRECTORIES and path.is_dir() and not any(path.iterdir())
        is_allowed = path.name.startswith(".") or path.name in {MARKER, *PRIVATE_NAMES}
        if not (is_empty_part or is_allowed):
            raise StoreNotEmptyError(
                f"The store {layout.root} is not empty: it holds {path.name}. Restore into "
                "another store (STORE_DIR=…). Or stop its services and delete the store."
            )


def _unpack(source: BinaryIO, archive: str, staging: Path) -> None:
    for part in (MODELS, DECISIONS, CANDIDATES, LIVE):
        make_directory(staging / part)
    for member in read_archive(source, archive):
        if not is_backed_up(member.name):
            raise BackupError(
                f"{archive} contains {member.name!r}, which does not belong to a backup. "
                "Restore a file that `make backup` wrote."
            )
        path = staging / member.name
        try:
            if is_row_path(member.name):
                for parent in (path.parents[1], path.parent):
                    make_directory(parent, mode=ROW_DIRECTORY_MODE)
                write_new_file(path, member.chunks, mode=ROW_FILE_MODE, changed=member.changed)
            else:
                make_directory(path.parent)
                write_new_file(path, member.chunks)
        except FileExistsError as error:
            raise BackupError(f"{archive} contains {member.name!r} twice.") from error
    for directory, _, _ in os.walk(staging):
        fsync_directory(Path(directory))


def _require_whole(archive: str, staging: Path) -> DecisionLog:
    """Write the registry of the unpacked log, check the store, and return the log."""
    store = ModelStore(staging)
    if not store.layout.marker.exists():
        raise BackupError(f"{archive} is not a backup of a store: it does not contain {MARKER}.")
    try:
        open_store(staging)
        log = store.decision_log()
    except StoreError as error:
        raise _refuse(archive, staging, str(error)) from error
    store.registry.roll_forward(log)
    for issue in check_store(store):
        if issue.kind == "error":
            raise _refuse(archive, staging, issue.message)
    return log


def _refuse(archive: str, staging: Path, why: str) -> BackupError:
    return BackupError(f"{archive}: {why.replace(f'{staging}/', '')} Restore another backup.")


def _move(staging: Path, layout: StoreLayout) -> None:
    staging.rename(layout.restoring)
    fsync_directory(layout.root)
    for name in _IN_ORDER:
        if (layout.restoring / name).exists():
            (layout.restoring / name).rename(layout.root / name)
    fsync_directory(layout.root)
    layout.restoring.rmdir()
    fsync_directory(layout.root)
