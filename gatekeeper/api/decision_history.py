"""Questions about the past: the decision log for threads that do not decide."""

import threading
from datetime import datetime

from shared.contract.documents import Decision, Outcome, Registry
from shared.contract.layout import StoreLayout
from shared.errors import DecisionNotFoundError
from shared.store.decision_log import DecisionLog, LogEntry


class DecisionHistory:
    """The decision log, read to its end at each call. Any thread may use it."""

    def __init__(self, layout: StoreLayout) -> None:
        self._log = DecisionLog(layout)
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

    def page(self, outcome: Outcome | None, limit: int, before: int | None) -> list[Decision]:
        """Return at most *limit* decisions numbered below *before*, newest first."""
        found: list[Decision] = []
        for entry in reversed(self.entries()):
            if len(found) == limit:
                break
            decision = entry.decision
            if (before is None or decision.number < before) and outcome in {None, decision.outcome}:
                found.append(decision)
        return found

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
