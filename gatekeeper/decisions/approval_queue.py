"""Candidates that passed every check and wait for a person (GATEKEEPER_APPROVAL=manual)."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.policy import Verdict


@dataclass(frozen=True)
class PendingApproval:
    """One candidate that waits, and how it was judged."""

    facts: Facts
    verdict: Verdict
    champion_version: int | None
    """The registry version beside which it was judged; None when nothing was in production."""
    since: datetime

    @property
    def candidate_id(self) -> str:
        """Whose judgement this is."""
        return self.facts.submission.candidate_id


class ApprovalQueue:
    """What waits, in memory: after a restart it is judged again. Safe for several threads."""

    def __init__(self, *, is_manual: bool = False) -> None:
        self.is_manual = is_manual
        """Whether anything has to wait."""
        self._pending: dict[str, PendingApproval] = {}
        self._lock = threading.Lock()

    def add(self, pending: PendingApproval) -> None:
        """Let a candidate wait, from now on with this judgement; it waits since the first one."""
        with self._lock:
            before = self._pending.get(pending.candidate_id, pending)
            self._pending[pending.candidate_id] = replace(pending, since=before.since)

    def remove(self, candidate_id: str) -> None:
        """Let it wait no more."""
        with self._lock:
            self._pending.pop(candidate_id, None)

    def retain(self, candidate_ids: Iterable[str]) -> None:
        """Forget all others: they are decided, or gone."""
        with self._lock:
            self._pending = {
                name: self._pending[name] for name in candidate_ids if name in self._pending
            }

    def find(self, candidate_id: str) -> PendingApproval | None:
        """The judgement on a candidate that waits, or None."""
        with self._lock:
            return self._pending.get(candidate_id)

    def is_current(self, candidate_id: str, version: int | None) -> bool:
        """Whether it waits, judged beside what is in production now."""
        pending = self.find(candidate_id)
        return pending is not None and pending.champion_version == version

    def pending(self) -> tuple[PendingApproval, ...]:
        """All that wait, in order of publication."""
        with self._lock:
            return tuple(self._pending[name] for name in sorted(self._pending))
