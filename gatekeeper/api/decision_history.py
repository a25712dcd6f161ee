"""Questions about the past: the decision log for threads that do not decide."""

import threading
from datetime import datetime
from typing import NamedTuple

from shared.contract.documents import Decision, Outcome, Registry
from shared.errors import DecisionNotFoundError
from shared.store.decision_log import LogEntry
from shared.store.store import ModelStore

MAX_PAGE_BYTES = 4 << 20
"""The largest page of decisions, by the size of their files."""


class DecisionPage(NamedTuple):
    """Some decisions, newest first."""

    decisions: list[Decision]
    before: int | None
    """The value of `before` for the next page; None at the end."""


class DecisionHistory:
    """The decision log, read to its end at each call. Any thread may use it."""

    def __init__(self, store: ModelStore) -> None:
        self._log = store.shared_log()
        self._lock = threading.Lock()

    def entries(self) -> tuple[LogEntry, ...]:
        """Return all entries, oldest first; raises LogCorruptError."""
        with self._lock:
            self._log.refresh()
            return self._log.entries

    def in_force(self) -> Registry | None:
        """Return the registry in production by the log; raises LogCorruptError."""
        with self._lock:
            self._log.refresh()
            return self._log.registry

    def decision(self, number: int) -> Decision:
        """Return one decision; raises DecisionNotFoundError."""
        entries = self.entries()
        if not 1 <= number <= len(entries):
            raise DecisionNotFoundError(
                f"There is no decision {number}; the log ends at {len(entries)}."
            )
        return entries[number - 1].decision

    def page(self, outcome: Outcome | None, limit: int, before: int | None) -> "DecisionPage":
        """Return decisions numbered below *before*, newest first.

        A page has at most *limit* decisions, and at most MAX_PAGE_BYTES unless it has only one.
        """
        found, size = list[Decision](), 0
        for entry in reversed(self.entries()):
            decision = entry.decision
            if before is not None and decision.number >= before:
                continue
            if outcome not in {None, decision.outcome}:
                continue
            size += entry.size
            if len(found) == limit or (found and size > MAX_PAGE_BYTES):
                return DecisionPage(found, found[-1].number)
            found.append(decision)
        return DecisionPage(found, None)

    def by_candidate(self) -> dict[str, Decision]:
        """Return the decision on each decided candidate, by the candidate's id."""
        decisions = (entry.decision for entry in self.entries())
        return {d.candidate_id: d for d in decisions if d.candidate_id is not None}

    def registry_bytes_at(self, moment: datetime) -> bytes | None:
        """Return registry.json at *moment*, or None when no model was in production yet."""
        for entry in reversed(self.entries()):
            if entry.registry_bytes is not None and entry.decision.decided_at <= moment:
                return entry.registry_bytes
        return None
