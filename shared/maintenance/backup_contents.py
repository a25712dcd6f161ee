"""The contents of a backup, read while the services keep running.

The entries of the log never change, so the log determines the contents. A backup contains the log
up to an entry that was the newest while it was made, and everything that this log needs. Other
undamaged models and candidates are included too. If a needed model was pruned meanwhile, the log
has a newer entry, so it is read again.

Counts of live requests, drift.json and deletions.json are included as they are, because nothing
can replace them. Logged rows and labels are data of people, so they are included only on request.

A backup omits files that are derived from the log (registry.json, training.log), hidden names and
the secret token. It omits the state of processes too: heartbeats, waiting.json, housekeeper.json,
training/ and training-request.json.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.contract.documents import JSON_MEDIA_TYPE, Artefact, Descriptor, StoreMarker
from shared.contract.layout import MANIFEST, MANIFEST_SIGNATURE, REFERENCE
from shared.errors import BackupError, ModelNotFoundError, StoreError
from shared.live.drift_record import MAX_DRIFT_BYTES
from shared.live.hour import MAX_HOUR_BYTES
from shared.live.live_hours import LiveHours
from shared.live.reference_file import read_reference
from shared.maintenance.checks.log_checker import check_log
from shared.maintenance.tar_archive import ArchiveMember
from shared.prediction_log.segments import (
    list_feedback_segments,
    list_prediction_segments,
    read_lines,
)
from shared.store.candidate_integrity import verify_candidate
from shared.store.decision_log import DecisionLog, LogEntry
from shared.store.store import ModelStore
from shared.store.verified_read import MAX_DOCUMENT_BYTES, open_all, read_document

_ATTEMPTS = 50
_NANOSECONDS = 1_000_000_000
_PAUSE_SECONDS = 0.1
"""Seconds between attempts: a prune may hide a model for a moment and put it back."""


@dataclass
class BackupContents:
    """The reader of one store for one backup; afterwards it describes the contents."""

    store: ModelStore
    with_rows: bool = False
    """Whether the backup contains the logged rows and the labels."""
    decisions: int = 0
    version: int | None = None
    models: int = 0
    candidates: int = 0
    segments: int = 0
    left_out: list[str] = field(default_factory=list)
    """One sentence for each damaged model or candidate that the backup omits."""
    _done: set[Path] = field(default_factory=set)

    def members(self) -> Iterator[ArchiveMember]:
        """Yield and verify every file of the backup; a file comes after the files it refers to.

        Raises BackupError if the log or the model in production is damaged.
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
                f"The backup needs {self._missing(log, published)[0]}, but it was removed before "
                f"the backup could read it ({_ATTEMPTS} attempts). Run `make fsck`, then try again."
            )
        for entry in log.entries:
            yield self._entry(entry)
        yield from self._live()
        yield from self._rows()
        self.decisions = len(log.entries)
        self.version = log.registry.version if log.registry else None

    def describe(self) -> str:
        """Return a summary for people."""
        return (
            f"version {self.version or 0}: {self.decisions} decisions, "
            f"{self.models} models, {self.candidates} candidates{self._describe_rows()}"
        )

    def _describe_rows(self) -> str:
        if self.with_rows:
            return f", {self.segments} segments of logged rows and labels"
        layout = self.store.layout
        has_rows = list_prediction_segments(layout) or list_feedback_segments(layout)
        return ", without the logged rows and labels (ROWS=yes adds them)" if has_rows else ""

    def _read(self, log: DecisionLog) -> None:
        for issue in check_log(self.store.layout, log):
            raise BackupError(f"The log is damaged, so nothing was backed up. {issue.message}")

    def _missing(self, log: DecisionLog, published: Sequence[str]) -> list[Path]:
        """Return what *log* needs and this backup lacks; then the log has a newer entry."""
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
                model = self.store.models.read(digest)
                yield from self._copy(directory, model.files)
                yield from self._reference(directory, model.artefact)
                self.models += 1
            except ModelNotFoundError as error:
                if not is_in_force:
                    self._leave_out(directory, error)
            except StoreError as error:
                if is_in_force:
                    raise BackupError(
                        f"The model in production is damaged, so nothing was backed up: {error} "
                        "First promote or roll back to an undamaged model."
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

    def _reference(self, directory: Path, artefact: Artefact) -> Iterator[ArchiveMember]:
        """Yield the reference of a model that has a valid one."""
        try:
            found = read_reference(directory, artefact)
        except StoreError as error:
            self._leave_out(directory / REFERENCE, error)
            return
        if found is not None:
            yield from self._copy(directory, [found.descriptor])

    def _live(self) -> Iterator[ArchiveMember]:
        """Yield each hour that a worker has counted, as it is now, and drift.json."""
        layout, hours = self.store.layout, LiveHours(self.store.layout)
        for worker in hours.workers():
            try:
                names = hours.hours(worker)
            except StoreError as error:
                self._leave_out(layout.live / worker, error)
                continue
            for name in names:
                yield from self._read_live(layout.live_hour(worker, name), MAX_HOUR_BYTES)
        yield from self._read_live(layout.drift, MAX_DRIFT_BYTES)
        yield from self._read_live(layout.deletions, MAX_DOCUMENT_BYTES)

    def _rows(self) -> Iterator[ArchiveMember]:
        """Yield the whole lines of each published segment, as it is at one moment."""
        layout = self.store.layout
        if not self.with_rows:
            return
        for path in [*list_prediction_segments(layout), *list_feedback_segments(layout)]:
            try:
                segment = read_lines(path)
            except FileNotFoundError:  # its writer has just removed it
                continue
            except StoreError as error:
                self._leave_out(path, error)
                continue
            data = b"".join(line + b"\n" for line in segment.lines)
            self.segments += 1
            name = path.relative_to(layout.root).as_posix()
            changed = -(-segment.stamp.changed_ns // _NANOSECONDS)  # no row is newer
            yield ArchiveMember(name, len(data), [data], changed)

    def _read_live(self, path: Path, limit: int) -> Iterator[ArchiveMember]:
        try:
            data = read_document(path, max_bytes=limit)
        except FileNotFoundError:  # it was removed meanwhile, or never written
            return
        except StoreError as error:
            self._leave_out(path, error)
            return
        name = path.relative_to(self.store.layout.root).as_posix()
        yield ArchiveMember(name, len(data), [data])

    def _leave_out(self, directory: Path, error: Exception) -> bool:
        """Report a damaged directory; return False if it was removed meanwhile instead."""
        sentence = f"Left out, because it is damaged: {error}"
        is_there = os.path.lexists(directory)
        if is_there and sentence not in self.left_out:
            self.left_out.append(sentence)
        return is_there

    def _entry(self, entry: LogEntry) -> ArchiveMember:
        path = self.store.layout.decision(entry.decision.number)
        data = read_document(path)
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise BackupError(f"{path} changed during the backup. Run `make fsck`.")
        return ArchiveMember(path.relative_to(self.store.layout.root).as_posix(), len(data), [data])


def _undescribed(directory: Path) -> Iterator[Descriptor]:
    """Yield the descriptors of a candidate's manifest and signature, which no document has."""
    yield Descriptor.describe(MANIFEST, JSON_MEDIA_TYPE, read_document(directory / MANIFEST))
    with contextlib.suppress(FileNotFoundError):
        signature = read_document(directory / MANIFEST_SIGNATURE)
        yield Descriptor.describe(MANIFEST_SIGNATURE, "application/octet-stream", signature)
