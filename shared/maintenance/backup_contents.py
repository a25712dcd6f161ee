"""What of a store goes into a backup, read while trainer, gatekeeper and predictors go on.

The log decides: it never changes, and says what was in force at its newest entry. All that it
needs is copied as of some entry that was the newest while this ran; what else is whole comes
too. What a prune takes meanwhile is either not needed, or the log has gone on and is read again.
registry.json and training.log follow from the log; heartbeats, waiting.json and what has a
hidden name tell of processes; the token is a secret.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.contract.documents import JSON_MEDIA_TYPE, Descriptor, StoreMarker
from shared.contract.layout import MANIFEST, MANIFEST_SIGNATURE
from shared.errors import BackupError, ModelNotFoundError, StoreError
from shared.maintenance.log_checker import check_log
from shared.maintenance.tar_archive import ArchiveMember
from shared.store.candidate_integrity import verify_candidate
from shared.store.decision_log import DecisionLog, LogEntry
from shared.store.store import ModelStore
from shared.store.verified_read import open_all, read_document

_ATTEMPTS = 50
_PAUSE_SECONDS = 0.1
"""A prune hides a model for a moment before it puts it back; between two promotions is longer."""


@dataclass
class BackupContents:
    """Reads one store for one backup, and says afterwards what was in it."""

    store: ModelStore
    decisions: int = 0
    version: int | None = None
    models: int = 0
    candidates: int = 0
    left_out: list[str] = field(default_factory=list)
    """One sentence for each damaged thing without which the backup is whole all the same."""
    _done: set[Path] = field(default_factory=set)

    def members(self) -> Iterator[ArchiveMember]:
        """Every file of the backup, verified; what is referred to comes before what refers to it.

        Raises BackupError when the log or the model in production is damaged.
        """
        layout, log = self.store.layout, DecisionLog(self.store.layout)
        try:
            marker = read_document(layout.marker)
        except FileNotFoundError:
            marker = StoreMarker().encode()
        yield ArchiveMember(layout.marker.name, len(marker), [marker])
        for _ in range(_ATTEMPTS):
            published = self.store.candidates.ids()
            self._read(log)
            yield from self._models(log)
            yield from self._candidates(published)
            if not self._missing(log, published):
                break
            time.sleep(_PAUSE_SECONDS)
        else:
            raise BackupError(
                f"For {_ATTEMPTS} attempts, what the log needs was removed before it was read: "
                f"{self._missing(log, published)[0]}. Run `make fsck`, then try again."
            )
        for entry in log.entries:
            yield self._entry(entry)
        self.decisions = len(log.entries)
        self.version = log.registry.version if log.registry else None

    def describe(self) -> str:
        """For people."""
        return (
            f"version {self.version or 0}: {self.decisions} decisions, "
            f"{self.models} models, {self.candidates} candidates"
        )

    def _read(self, log: DecisionLog) -> None:
        for finding in check_log(self.store.layout, log):
            raise BackupError(f"The log is damaged, so nothing was backed up. {finding.message}")

    def _missing(self, log: DecisionLog, published: Sequence[str]) -> list[Path]:
        """What *log* needs and was removed before it was copied: the log has gone on since."""
        needed = [self.store.layout.candidate(i) for i in published if not log.is_decided(i)]
        if log.registry is not None:
            needed.insert(0, self.store.models.directory(log.registry.digest))
        return [directory for directory in needed if directory not in self._done]

    def _models(self, log: DecisionLog) -> Iterator[ArchiveMember]:
        registries = [decision.registry for decision in log.decisions() if decision.registry]
        for digest in dict.fromkeys(registry.digest for registry in registries):
            directory = self.store.models.directory(digest)
            if directory in self._done:
                continue
            is_in_force = digest == registries[0].digest
            try:
                yield from self._copy(directory, self.store.models.read(digest).files)
                self.models += 1
            except ModelNotFoundError as error:
                if not is_in_force:
                    self._leave_out(directory, error)
            except StoreError as error:
                if is_in_force:
                    raise BackupError(
                        f"The model in production is damaged, so nothing was backed up: {error} "
                        "Promote or roll back to a model that is whole first."
                    ) from error
                self._leave_out(directory, error)

    def _candidates(self, published: Sequence[str]) -> Iterator[ArchiveMember]:
        for candidate_id in published:
            directory = self.store.layout.candidate(candidate_id)
            if directory in self._done:
                continue
            try:
                manifest = verify_candidate(self.store, candidate_id)
                yield from self._copy(directory, (*_undescribed(directory), *manifest.files))
                self.candidates += 1
            except (StoreError, FileNotFoundError) as error:
                if self._leave_out(directory, error):
                    self._done.add(directory)

    def _copy(self, directory: Path, files: Sequence[Descriptor]) -> Iterator[ArchiveMember]:
        with open_all(directory, files) as opened:
            self._done.add(directory)
            for file, chunks in zip(files, opened, strict=True):
                path = (directory / file.name).relative_to(self.store.layout.root)
                yield ArchiveMember(path.as_posix(), file.size, chunks)

    def _leave_out(self, directory: Path, error: Exception) -> bool:
        """Name what is damaged; False for what was removed while this ran, which is no damage."""
        sentence = f"Left out, because it is damaged: {error}"
        is_there = os.path.lexists(directory)
        if is_there and sentence not in self.left_out:
            self.left_out.append(sentence)
        return is_there

    def _entry(self, entry: LogEntry) -> ArchiveMember:
        path = self.store.layout.decision(entry.decision.number)
        data = read_document(path)
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise BackupError(f"{path} was altered while it was backed up. Run `make fsck`.")
        return ArchiveMember(path.relative_to(self.store.layout.root).as_posix(), len(data), [data])


def _undescribed(directory: Path) -> Iterator[Descriptor]:
    """A candidate's manifest, and its signature if it has one: what no document describes."""
    yield Descriptor.describe(MANIFEST, JSON_MEDIA_TYPE, read_document(directory / MANIFEST))
    with contextlib.suppress(FileNotFoundError):
        signature = read_document(directory / MANIFEST_SIGNATURE)
        yield Descriptor.describe(MANIFEST_SIGNATURE, "application/octet-stream", signature)
