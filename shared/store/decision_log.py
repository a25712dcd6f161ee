"""decisions/: the append-only, hash-chained log. Owner: the gatekeeper.

Each entry is created exclusively: if several gatekeepers decide at the same time, only one
succeeds. The newest entry with a registry determines the model in production.
"""

import gc
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from shared.contract import strict_json
from shared.contract.documents import Decision, Registry
from shared.contract.layout import StoreLayout, parse_decision_name
from shared.errors import DecisionConflictError, DocumentError, LogCorruptError
from shared.store.candidates import LEFTOVER_SECONDS, remove_leftovers
from shared.store.durable_write import create_file, make_directory
from shared.store.verified_read import DocumentFolder, read_document
from shared.volume.fresh_names import is_directory, list_directory

_FEW = 200
"""Entries that are read without a pause of the garbage collector."""


@dataclass(frozen=True)
class LogEntry:
    """One decision, as read from the volume."""

    decision: Decision
    sha256: str
    registry_bytes: bytes | None
    """The bytes of registry.json that follow from this decision; None if it changes nothing."""
    size: int = 0
    """The size of the file in bytes."""


class DecisionLog:
    """A reader and writer of the log. Entries never change, so each is read only once.

    Use it from one thread at a time. Several may share *known*, the entries that one of them has
    read, by number: then the others do not read them again.
    """

    def __init__(self, layout: StoreLayout, known: dict[int, LogEntry] | None = None) -> None:
        self._layout = layout
        self._known = {} if known is None else known
        self._entries: list[LogEntry] = []
        self._tuple: tuple[LogEntry, ...] = ()
        self._decided: set[str] = set()
        self.in_force: LogEntry | None = None
        """The entry whose registry is in force: the newest promotion or rollback."""

    def refresh(self) -> bool:
        """Read the entries added since the last refresh, and say whether there were any.

        Raises LogCorruptError for an entry that is unreadable or breaks the chain.
        """
        before = len(self._entries)
        if self._read_on(_FEW) == _FEW:
            with _PAUSE.hold(), DocumentFolder(self._layout.decisions) as folder:
                self._read_on(None, folder.read)
        return len(self._entries) > before

    def _read_on(self, most: int | None, read: Callable[[str], bytes] | None = None) -> int:
        """Read the next entries with *read*, until *most* were unknown; return how many were."""
        count = 0
        while count != most:
            is_unknown = self.next_number not in self._known
            if (entry := self._next_entry(read)) is None:
                break
            self._entries.append(entry)
            if entry.decision.candidate_id is not None:
                self._decided.add(entry.decision.candidate_id)
            if entry.decision.registry is not None:
                self.in_force = entry
            count += is_unknown
        return count

    @property
    def entries(self) -> tuple[LogEntry, ...]:
        """All entries, oldest first, as of the last refresh."""
        if len(self._tuple) < len(self._entries):  # a long log is copied only when it grows
            self._tuple = tuple(self._entries)
        return self._tuple

    @property
    def head(self) -> LogEntry | None:
        """The newest entry."""
        return self._entries[-1] if self._entries else None

    @property
    def registry(self) -> Registry | None:
        """The registry that is in force, or None before the first promotion."""
        return self.in_force.decision.registry if self.in_force else None

    @property
    def next_number(self) -> int:
        """The number of the next entry."""
        return len(self._entries) + 1

    @property
    def head_sha256(self) -> str | None:
        """The value of `previous` in the next entry."""
        return self._entries[-1].sha256 if self._entries else None

    def is_decided(self, candidate_id: str) -> bool:
        """Say whether the log contains a decision on this candidate."""
        return candidate_id in self._decided

    def decision_on(self, candidate_id: str) -> Decision | None:
        """Return the decision on a candidate, or None if it is not decided."""
        if candidate_id not in self._decided:
            return None
        return next(d for d in self.decisions() if d.candidate_id == candidate_id)

    def decisions(self) -> Iterator[Decision]:
        """Iterate over all decisions, newest first."""
        return (entry.decision for entry in reversed(self._entries))

    def append(self, decision: Decision) -> None:
        """Commit *decision*: it is durable and final when this returns.

        Raises:
            DecisionConflictError: Another gatekeeper wrote this entry first; refresh and decide
                again.
            StoreWriteError: Nothing was written.
        """
        make_directory(self._layout.decisions)
        try:
            create_file(self._layout.decision(decision.number), decision.encode())
        except FileExistsError as error:
            raise DecisionConflictError(
                f"Another gatekeeper wrote decision {decision.number} first."
            ) from error
        self.refresh()

    def numbers_on_disk(self) -> list[int]:
        """List the numbers of all files in the log, in order, also beyond a gap."""
        if not is_directory(self._layout.decisions):
            return []
        names = list_directory(self._layout.decisions)
        return sorted(n for name in names if (n := parse_decision_name(name)) is not None)

    def remove_leftovers(self, older_than_seconds: float = LEFTOVER_SECONDS) -> None:
        """Delete the temporary files of gatekeepers that died."""
        remove_leftovers(self._layout.decisions, older_than_seconds)

    def _next_entry(self, read: Callable[[str], bytes] | None) -> LogEntry | None:
        number = self.next_number
        known = self._known.get(number)
        if known is not None and known.decision.previous == self.head_sha256:
            return known
        entry = self._read(number, read)
        if entry is not None:
            self._known[number] = entry
        return entry

    def _read(self, number: int, read: Callable[[str], bytes] | None) -> LogEntry | None:
        path = self._layout.decision(number)
        try:
            data = read_document(path) if read is None else read(path.name)
        except FileNotFoundError:
            return None
        try:
            decision, content = Decision.decode_both(data, path)
        except DocumentError as error:
            raise LogCorruptError(f"The decision log cannot be read: {error}") from error
        if decision.number != number:
            raise LogCorruptError(
                f"{path} contains decision {decision.number}; expected {number}. Run `make fsck`."
            )
        if decision.previous != self.head_sha256:
            before = self._layout.decision(number - 1) if number > 1 else "the start of the log"
            raise LogCorruptError(
                f"{path} follows an entry with the sha256 {decision.previous}, but {before} has "
                f"{self.head_sha256}: the log was altered. Run `make fsck`."
            )
        sha256 = hashlib.sha256(data).hexdigest()
        return LogEntry(decision, sha256, _registry_bytes(content), len(data))


def _registry_bytes(content: dict[str, Any]) -> bytes | None:
    """Return the registry of a decision, with the fields that this release does not know."""
    registry = content.get("registry")
    return None if registry is None else strict_json.encode(registry)


class _CollectorPause:
    """A pause of Python's garbage collector in this process, which threads may share.

    The collector looks through all objects again and again while their number grows. A long log
    is many objects, and all of them stay. So they are left out of later collections too.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holders = 0
        self._was_enabled = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Collect no garbage during the block."""
        with self._lock:
            if not self._holders:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if not self._holders and self._was_enabled:
                    gc.freeze()
                    gc.enable()


_PAUSE = _CollectorPause()
