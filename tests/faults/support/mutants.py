"""Defects of the protocol that tests plant in one process, to show that the suite finds them.

A mutation changes its process for ever: call it in forked processes, or through monkeypatch. Each
is a shortcut that a reasonable engineer might take.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import predictor.lifecycle.loader
import shared.store.decision_log
import shared.store.models
import shared.store.registry_file
from predictor.lifecycle.manager import ModelManager
from predictor.lifecycle.quarantine import Choice
from predictor.lifecycle.registry_watcher import RegistryObservation, RegistryWatcher
from shared.contract.documents import Manifest, Registry
from shared.contract.layout import MANIFEST, ONNX_MODEL
from shared.errors import StoreWriteError
from shared.store import durable_write
from shared.store.candidates import Candidates
from shared.store.models import Models

SetAttribute = Callable[[Any, str, Any], object]
"""`setattr`, or that of monkeypatch, which reverts it."""


def no_file_fsync(change: SetAttribute = setattr) -> None:
    """Never fsync files: "the kernel writes them back soon enough"."""
    _sync_only(stat.S_ISDIR, change)


def no_directory_fsync(change: SetAttribute = setattr) -> None:
    """Never fsync directories: "the file itself was fsynced"."""
    _sync_only(stat.S_ISREG, change)


def registry_written_in_place(change: SetAttribute = setattr) -> None:
    """Overwrite registry.json in place: "it is small, one write is enough"."""

    def replace_file(path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    change(shared.store.registry_file, "replace_file", replace_file)


def manifest_before_payload(change: SetAttribute = setattr) -> None:
    """Write a candidate under its visible name, the manifest first."""

    def publish(
        self: Candidates, manifest: Manifest, files: Mapping[str, bytes], _key: object = None
    ) -> None:
        final = self._layout.candidate(manifest.candidate_id)
        durable_write.make_directory(final)
        for name, data in {MANIFEST: manifest.encode(), **files}.items():
            durable_write.write_new_file(final / name, [data])
        durable_write.fsync_directory(final)

    change(Candidates, "publish", publish)


def lock_instead_of_exclusive_create(change: SetAttribute = setattr) -> None:
    """Replace the exclusive create by a lock that breaks when its holder seems dead."""

    def create_file(path: Path, data: bytes) -> None:
        with (path.parent / ".lock").open("w") as lock:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists():
                raise FileExistsError(path)
            durable_write.replace_file(path, data)

    change(shared.store.decision_log, "create_file", create_file)


def rename_before_the_copy_ended(change: SetAttribute = setattr) -> None:
    """Rename a model before its last bytes are written."""
    publish_directory = durable_write.publish_directory

    def publish(staging: Path, final: Path) -> None:
        data = (staging / ONNX_MODEL).read_bytes()
        os.truncate(staging / ONNX_MODEL, len(data) // 2)
        publish_directory(staging, final)
        durable_write.replace_file(final / ONNX_MODEL, data)

    change(shared.store.models, "publish_directory", publish)


def asked_before_it_was_hidden(change: SetAttribute = setattr) -> None:
    """Check who needs a model before hiding it, not after."""

    def prune(self: Models, digest: str, is_needed: Callable[[str], bool]) -> bool:
        if self._is_pinned(digest) or is_needed(digest):
            return False
        with contextlib.suppress(FileNotFoundError):
            durable_write.remove_directory(self._layout.model(digest), self._trash(digest))
        return True

    change(Models, "prune", prune)


def failed_write_taken_for_done(change: SetAttribute = setattr) -> None:
    """Ignore an I/O error of the disk."""
    create = durable_write.create_file

    def create_file(path: Path, data: bytes) -> None:
        with contextlib.suppress(StoreWriteError):
            create(path, data)

    change(shared.store.decision_log, "create_file", create_file)


def golden_rows_skipped(change: SetAttribute = setattr) -> None:
    """Serve a model without its golden rows: "it loaded without an error"."""
    change(predictor.lifecycle.loader, "verify_golden_rows", lambda *_: None)


def older_registry_adopted(change: SetAttribute = setattr) -> None:
    """Adopt an older registry."""

    def follow(self: RegistryWatcher, data: bytes) -> RegistryObservation:
        return RegistryObservation(self._registry.decode(data), None)

    def must_move(self: ModelManager, _choice: Choice, target: Registry) -> bool:
        return self.served is None or target.version != self.served.version

    change(RegistryWatcher, "_follow", follow)
    change(ModelManager, "_must_move", must_move)


def _sync_only(kind: Callable[[int], bool], change: SetAttribute) -> None:
    fsync = os.fsync

    def some_fsync(descriptor: int) -> None:
        if kind(os.fstat(descriptor).st_mode):
            fsync(descriptor)

    change(os, "fsync", some_fsync)
