"""Putting a backup into an empty store, all of it or nothing.

Everything is unpacked and checked under a hidden name. Then that directory is renamed to one
with which no service starts, its parts are moved into their places, and removing it, which is
empty by then, is the commit. A restore that is killed leaves an empty store, or one that only
another restore opens.
"""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from shared.contract.layout import (
    CANDIDATES,
    DECISIONS,
    MARKER,
    MODELS,
    PRIVATE_NAMES,
    REGISTRY,
    STORE_DIRECTORIES,
    TEMPORARY_PREFIX,
    StoreLayout,
    is_backed_up,
)
from shared.errors import BackupError, StoreError, StoreNotEmptyError, StoreWriteError
from shared.maintenance.store_checker import check_store
from shared.maintenance.tar_archive import read_archive
from shared.store.decision_log import DecisionLog
from shared.store.durable_write import (
    fsync_directory,
    make_directory,
    unique_suffix,
    write_new_file,
)
from shared.store.store import ModelStore, open_store

_STAGING = f"{TEMPORARY_PREFIX}restore-"
_IN_ORDER = (MODELS, DECISIONS, REGISTRY, CANDIDATES, MARKER)
"""As the format's write order: what is referred to first. Candidates come after the decisions
on them, so that nobody decides them again."""


def restore(source: BinaryIO, archive: str, root: Path) -> DecisionLog:
    """Make the backup in *source* the store at *root*; *archive* is its name in errors.

    Returns the restored log. Raises StoreNotEmptyError, NotAStoreError, BackupError when it is
    not a whole backup, StoreWriteError when it cannot be written; nothing is restored then.
    """
    layout = StoreLayout(root.resolve())
    try:
        _discard_unfinished(layout)
        open_store(layout.root)
        make_directory(layout.root)
        _require_empty(layout)
        staging = layout.root / f"{_STAGING}{unique_suffix()}"
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
    """No service has started on what a killed restore has left, so all of it is its own."""
    for leftover in layout.root.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover)
    if layout.restoring.exists():
        layout.registry.unlink(missing_ok=True)
        for name in (CANDIDATES, DECISIONS, MODELS):
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
                "another one (STORE_DIR=…), or stop what runs on it and remove it first."
            )


def _unpack(source: BinaryIO, archive: str, staging: Path) -> None:
    for part in (MODELS, DECISIONS, CANDIDATES):
        make_directory(staging / part)
    for member in read_archive(source, archive):
        if not is_backed_up(member.name):
            raise BackupError(
                f"{archive} holds {member.name!r}, which is no part of a backup. "
                "Restore a file that `make backup` wrote."
            )
        path = staging / member.name
        make_directory(path.parent)
        try:
            write_new_file(path, member.chunks)
        except FileExistsError as error:
            raise BackupError(f"{archive} holds {member.name!r} twice.") from error
    for directory, _, _ in os.walk(staging):
        fsync_directory(Path(directory))


def _require_whole(archive: str, staging: Path) -> DecisionLog:
    """Check what was unpacked as any store is checked, with the registry that its log says."""
    store = ModelStore(staging)
    if not store.layout.marker.exists():
        raise BackupError(f"{archive} is no backup of a store: it holds no {MARKER}.")
    try:
        open_store(staging)
        log = store.decision_log()
    except StoreError as error:
        raise _refused(archive, staging, str(error)) from error
    store.registry.roll_forward(log)
    for finding in check_store(store):
        if finding.kind == "error":
            raise _refused(archive, staging, finding.message)
    return log


def _refused(archive: str, staging: Path, why: str) -> BackupError:
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
