"""ModelStore: the only gate to the volume, one attribute for each owner's part."""

import contextlib
import os
from pathlib import Path

from shared.contract.documents import StoreMarker
from shared.contract.layout import TEMPORARY_PREFIX, VISIBLE_NAMES, StoreLayout
from shared.errors import NotAStoreError, StoreNotWritableError, StoreWriteError
from shared.store.approval_file import ApprovalFile
from shared.store.candidates import Candidates
from shared.store.decision_log import DecisionLog
from shared.store.durable_write import create_file, make_directory, unique_suffix
from shared.store.heartbeats import Heartbeats
from shared.store.models import Models
from shared.store.registry_file import RegistryFile
from shared.store.verified_read import read_document


class ModelStore:
    """One store. Each part has one writer; everybody reads everything but the token."""

    def __init__(self, root: Path) -> None:
        self.layout = StoreLayout(root)
        self.candidates = Candidates(self.layout)
        self.models = Models(self.layout)
        self.registry = RegistryFile(self.layout)
        self.approvals = ApprovalFile(self.layout)
        self.heartbeats = Heartbeats(self.layout)

    def decision_log(self) -> DecisionLog:
        """A new reader of the log, at its beginning and refreshed to its end."""
        log = DecisionLog(self.layout)
        log.refresh()
        return log


def open_store(root: Path) -> ModelStore:
    """Open the store at *root*, which may be empty or not exist yet.

    Raises NotAStoreError when the directory holds other things or half a restore,
    UnsupportedFormatError when a newer release made it.
    """
    store = ModelStore(root.resolve())
    marker = store.layout.marker
    _refuse_file(store.layout.root)
    _refuse_unfinished(store.layout)
    try:
        StoreMarker.decode(read_document(marker), marker)
    except FileNotFoundError:
        _refuse_foreign(store.layout.root)
    return store


def open_for_writing(root: Path, *parts: str) -> ModelStore:
    """Open the store as the owner of *parts* (names from layout), and prove that it may write.

    Creates what is missing: the root, the marker where this process may, and *parts*.
    Raises what `open_store` raises, and StoreNotWritableError.
    """
    store = open_store(root)
    try:
        make_directory(store.layout.root)
        # The root belongs to the gatekeeper; the others may find it unwritable.
        with contextlib.suppress(FileExistsError, StoreWriteError):
            create_file(store.layout.marker, StoreMarker().encode())
        for part in parts:
            make_directory(store.layout.root / part)
            _prove_writable(store.layout.root / part)
    except (OSError, StoreWriteError) as error:
        cause = error.__cause__ if isinstance(error, StoreWriteError) else error
        reason = getattr(cause, "strerror", None) or error
        raise StoreNotWritableError(
            f"The store {store.layout.root} cannot be written by this user (uid {os.getuid()}): "
            f"{reason}. Point STORE_DIR at a directory that it owns, or repair its owners."
        ) from error
    return store


def _prove_writable(directory: Path) -> None:
    """Access bits prove nothing on every file system; writing does."""
    probe = directory / f"{TEMPORARY_PREFIX}probe-{unique_suffix()}"
    create_file(probe, b"")
    probe.unlink()


def _refuse_file(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise NotAStoreError(f"The store {root} is not a directory. Point STORE_DIR at one.")


def _refuse_unfinished(layout: StoreLayout) -> None:
    if layout.restoring.exists():
        raise NotAStoreError(
            f"A restore into {layout.root} was cut short. Run `make restore FILE=…` again."
        )


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
            f"{root} is not a Modelgate store: it holds {foreign[0]!r}. "
            "Point STORE_DIR at an empty or new directory."
        )
