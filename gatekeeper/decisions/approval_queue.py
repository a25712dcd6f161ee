"""Candidates that passed every check and wait for a person (GATEKEEPER_APPROVAL=manual)."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.policy import Verdict


@dataclass(frozen=True)
class Held:
    """One candidate that waits, and how it was judged."""

    facts: Facts
    verdict: Verdict
    version: int | None
    """The registry version beside which it was judged; None when nothing was in production."""
    since: datetime

    @property
    def candidate_id(self) -> str:
        """Whose judgement this is."""
        return self.facts.submission.candidate_id


class Desk:
    """What waits, in memory: after a restart it is judged again. Safe for several threads."""

    def __init__(self, *, is_manual: bool = False) -> None:
        self.is_manual = is_manual
        """Whether anything has to wait."""
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def hold(self, held: Held) -> None:
        """Let a candidate wait, from now on with this judgement; it waits since the first one."""
        with self._lock:
            before = self._held.get(held.candidate_id, held)
            self._held[held.candidate_id] = replace(held, since=before.since)

    def release(self, candidate_id: str) -> None:
        """Let it wait no more."""
        with self._lock:
            self._held.pop(candidate_id, None)

    def keep(self, candidate_ids: Iterable[str]) -> None:
        """Forget all others: they are decided, or gone."""
        with self._lock:
            self._held = {name: self._held[name] for name in candidate_ids if name in self._held}

    def find(self, candidate_id: str) -> Held | None:
        """The judgement on a candidate that waits, or None."""
        with self._lock:
            return self._held.get(candidate_id)

    def holds(self, candidate_id: str, version: int | None) -> bool:
        """Whether it waits, judged beside what is in production now."""
        held = self.find(candidate_id)
        return held is not None and held.version == version

    def all(self) -> tuple[Held, ...]:
        """All that wait, in order of publication."""
        with self._lock:
            return tuple(self._held[name] for name in sorted(self._held))
