"""decisions/: the append-only, hash-chained log. Owner: the gatekeeper.

Each entry is created exclusively: if several gatekeepers decide at the same time, only one
succeeds. The newest entry with a registry determines the model in production.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from shared.contract import strict_json
from shared.contract.documents import Decision, Registry
from shared.contract.layout import StoreLayout, parse_decision_name
from shared.errors import DecisionConflictError, DocumentError, LogCorruptError
from shared.store.candidates import LEFTOVER_SECONDS, remove_leftovers
from shared.store.durable_write import create_file, make_directory
from shared.store.verified_read import read_document


@dataclass(frozen=True)
class LogEntry:
    """One decision, as read from the volume."""

    decision: Decision
    sha256: str
    registry_bytes: bytes | None
    """The bytes of registry.json that follow from this decision; None if it changes nothing."""


class DecisionLog:
    """A reader and writer of the log. Entries never change, so each is read only once.

    Use it from one thread at a time.
    """

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout
        self._entries: list[LogEntry] = []
        self._decided: set[str] = set()
        self.in_force: LogEntry | None = None
        """The entry whose registry is in force: the newest promotion or rollback."""

    def refresh(self) -> bool:
        """Read the entries added since the last refresh, and say whether there were any.

        Raises LogCorruptError for an entry that is unreadable or breaks the chain.
        """
        before = len(self._entries)
        while (entry := self._read(len(self._entries) + 1)) is not None:
            self._entries.append(entry)
            if entry.decision.candidate_id is not None:
                self._decided.add(entry.decision.candidate_id)
            if entry.decision.registry is not None:
                self.in_force = entry
        return len(self._entries) > before

    @property
    def entries(self) -> tuple[LogEntry, ...]:
        """All entries, oldest first, as of the last refresh."""
        return tuple(self._entries)

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
        if not self._layout.decisions.is_dir():
            return []
        names = (path.name for path in self._layout.decisions.iterdir())
        return sorted(n for name in names if (n := parse_decision_name(name)) is not None)

    def remove_leftovers(self, older_than_seconds: float = LEFTOVER_SECONDS) -> None:
        """Delete the temporary files of gatekeepers that died."""
        remove_leftovers(self._layout.decisions, older_than_seconds)

    def _read(self, number: int) -> LogEntry | None:
        path = self._layout.decision(number)
        try:
            data = read_document(path)
        except FileNotFoundError:
            return None
        try:
            decision = Decision.decode(data, path)
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
        return LogEntry(decision, hashlib.sha256(data).hexdigest(), _registry_bytes(data, decision))


def _registry_bytes(data: bytes, decision: Decision) -> bytes | None:
    """Return the registry within *data*, with the fields that this release does not know."""
    if decision.registry is None:
        return None
    content = strict_json.decode(data, "decision")
    assert isinstance(content, dict)  # noqa: S101 - Decision.decode has checked it
    return strict_json.encode(content["registry"])
