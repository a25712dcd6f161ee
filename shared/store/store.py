"""ModelStore: the only way to the volume, with one attribute for each kind of file."""

import contextlib
import os
from pathlib import Path

from shared.contract.documents import StoreMarker
from shared.contract.layout import (
    ROW_DIRECTORIES,
    TEMPORARY_PREFIX,
    VISIBLE_NAMES,
    StoreLayout,
)
from shared.errors import NotAStoreError, StoreNotWritableError, StoreWriteError
from shared.store.approval_file import ApprovalFile
from shared.store.candidates import Candidates
from shared.store.decision_log import DecisionLog, LogEntry
from shared.store.durable_write import (
    DIRECTORY_MODE,
    ROW_DIRECTORY_MODE,
    create_file,
    make_directory,
    unique_suffix,
)
from shared.store.heartbeats import Heartbeats
from shared.store.housekeeper_file import HousekeeperFile
from shared.store.models import Models
from shared.store.registry_file import RegistryFile
from shared.store.verified_read import read_document


class ModelStore:
    """One store. Each directory has one writer; all services read everything but the token."""

    def __init__(self, root: Path) -> None:
        self.layout = StoreLayout(root)
        self.candidates = Candidates(self.layout)
        self.models = Models(self.layout)
        self.registry = RegistryFile(self.layout)
        self.approvals = ApprovalFile(self.layout)
        self.heartbeats = Heartbeats(self.layout)
        self.housekeeper = HousekeeperFile(self.layout)
        self._known_entries: dict[int, LogEntry] = {}

    def decision_log(self) -> DecisionLog:
        """Return a new reader of the log that has read all entries."""
        log = DecisionLog(self.layout)
        log.refresh()
        return log

    def shared_log(self) -> DecisionLog:
        """Return a new reader of the log that has read nothing yet.

        It does not read again what another reader from here has read: in a service, a long log
        is read and kept in memory only once.
        """
        return DecisionLog(self.layout, self._known_entries)


def open_store(root: Path) -> ModelStore:
    """Open the store at *root*, which may be empty or missing.

    Raises:
        NotAStoreError: The directory contains other files or an unfinished restore.
        UnsupportedFormatError: A newer release made the store.
    """
    store = ModelStore(root.resolve())
    marker = store.layout.marker
    root = store.layout.root
    if root.exists() and not root.is_dir():
        raise NotAStoreError(f"The store {root} is not a directory. Set STORE_DIR to one.")
    if store.layout.restoring.exists():
        raise NotAStoreError(
            f"A restore into {root} did not finish. Run `make restore FILE=…` again."
        )
    try:
        StoreMarker.decode(read_document(marker), marker)
    except FileNotFoundError:
        _refuse_foreign(root)
    return store


def open_existing_store(root: Path) -> ModelStore:
    """Open the store at *root*; raise the errors of `open_store`, or NotAStoreError if missing."""
    store = open_store(root)
    if not store.layout.root.is_dir():
        raise NotAStoreError(f"There is no store at {store.layout.root}. Set STORE_DIR.")
    return store


def open_for_writing(root: Path, *directories: str) -> ModelStore:
    """Open the store as the owner of *directories*, and prove that it is writable.

    Creates the root, the marker and *directories* (names from `layout`) if they are missing.
    Raises the errors of `open_store`, and StoreNotWritableError.
    """
    store = open_store(root)
    try:
        make_directory(store.layout.root)
        # The root belongs to the gatekeeper; other services may not be able to write to it.
        with contextlib.suppress(FileExistsError, StoreWriteError):
            create_file(store.layout.marker, StoreMarker().encode())
        for directory in directories:
            mode = ROW_DIRECTORY_MODE if directory in ROW_DIRECTORIES else DIRECTORY_MODE
            make_directory(store.layout.root / directory, mode=mode)
            _prove_writable(store.layout.root / directory)
    except (OSError, StoreWriteError) as error:
        cause = error.__cause__ if isinstance(error, StoreWriteError) else error
        reason = getattr(cause, "strerror", None) or error
        raise StoreNotWritableError(
            f"This user (uid {os.getuid()}) cannot write to the store {store.layout.root}: "
            f"{reason}. Set STORE_DIR to a directory that it owns, or repair the owners."
        ) from error
    return store


def _prove_writable(directory: Path) -> None:
    """Write a file, because access bits prove nothing on some file systems."""
    probe = directory / f"{TEMPORARY_PREFIX}probe-{unique_suffix()}"
    create_file(probe, b"")
    probe.unlink()


def _refuse_foreign(root: Path) -> None:
    if not root.exists():
        return
    foreign = sorted(
        entry.name
        for entry in root.iterdir()
        if entry.name not in VISIBLE_NAMES and not entry.name.startswith(".")
    )
    if foreign:
        raise NotAStoreError(
            f"{root} is not a Modelgate store: it contains {foreign[0]!r}. "
            "Set STORE_DIR to an empty or new directory."
        )
