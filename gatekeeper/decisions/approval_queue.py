"""Candidates that passed every check and await approval (GATEKEEPER_APPROVAL=manual)."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.policy import Verdict


@dataclass(frozen=True)
class PendingApproval:
    """A candidate that awaits approval, and its verdict."""

    facts: Facts
    verdict: Verdict
    champion_version: int | None
    """The registry version that it was compared with; None if no model was in production."""
    since: datetime

    @property
    def candidate_id(self) -> str:
        """The id of the candidate."""
        return self.facts.submission.candidate_id


class ApprovalQueue:
    """Pending candidates, in memory: they are judged again after a restart. Thread-safe."""

    def __init__(self, *, is_manual: bool = False) -> None:
        self.is_manual = is_manual
        """Whether candidates need approval."""
        self._pending: dict[str, PendingApproval] = {}
        self._lock = threading.Lock()

    def add(self, pending: PendingApproval) -> None:
        """Add a candidate, or replace its verdict and keep the time since which it waits."""
        with self._lock:
            before = self._pending.get(pending.candidate_id, pending)
            self._pending[pending.candidate_id] = replace(pending, since=before.since)

    def remove(self, candidate_id: str) -> None:
        """Remove a candidate, if it is there."""
        with self._lock:
            self._pending.pop(candidate_id, None)

    def retain(self, candidate_ids: Iterable[str]) -> None:
        """Remove all other candidates, which are decided or withdrawn."""
        with self._lock:
            self._pending = {
                name: self._pending[name] for name in candidate_ids if name in self._pending
            }

    def find(self, candidate_id: str) -> PendingApproval | None:
        """Return a pending candidate, or None."""
        with self._lock:
            return self._pending.get(candidate_id)

    def is_current(self, candidate_id: str, version: int | None) -> bool:
        """Return whether it is pending and was compared with the current version."""
        pending = self.find(candidate_id)
        return pending is not None and pending.champion_version == version

    def pending(self) -> tuple[PendingApproval, ...]:
        """Return all pending candidates in order of publication."""
        with self._lock:
            return tuple(self._pending[name] for name in sorted(self._pending))
