"""Waiting for what others do with a candidate: the decision, then the rollout."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from shared.contract.documents import Decision, Heartbeat
from shared.errors import UnapprovedError
from shared.store.approval_file import ApprovalFile
from shared.store.decision_log import DecisionLog
from shared.store.heartbeats import Heartbeats

Observation = TypeVar("Observation")
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class RolloutStatus:
    """The live workers, as seen once, against the version they are to serve."""

    version: int
    decided_at: datetime
    workers: tuple[Heartbeat, ...]

    @property
    def converged(self) -> tuple[Heartbeat, ...]:
        """The workers that serve the version, or a later one that overtook it."""
        return tuple(w for w in self.workers if (w.serving_version or 0) >= self.version)

    @property
    def failing(self) -> tuple[Heartbeat, ...]:
        """The workers that want the version and report an error instead."""
        return tuple(w for w in self.workers if w not in self.converged and w.last_error)

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing to wait for: every live worker is there, or there is none."""
        return len(self.converged) == len(self.workers)

    @property
    def convergence_ms(self) -> int:
        """From the decision until the last of those that are there had loaded it."""
        loaded = [worker.loaded_at for worker in self.converged if worker.loaded_at is not None]
        latest = max(loaded, default=self.decided_at) - self.decided_at
        return max(0, round(latest.total_seconds() * 1000))


def wait_for_decision(
    log: DecisionLog,
    waiting: ApprovalFile,
    candidate_id: str,
    until: float,
    on_wait: Callable[[], None],
) -> Decision | None:
    """The decision on a candidate, or None when there is none by *until* (monotonic seconds).

    *on_wait* is called before each read. Raises LogCorruptError, and UnapprovedError when only a
    person can decide.
    """

    def read() -> Decision | None:
        on_wait()
        is_held = candidate_id in waiting.ids()
        log.refresh()
        decision = log.decision_on(candidate_id)
        if is_held and decision is None:
            raise UnapprovedError(
                f"Candidate {candidate_id} passes every check and waits for approval. "
                f"Approve it with `make approve ID={candidate_id} REASON='…'`, or reject it with "
                "`make reject`. `make candidates` lists what waits."
            )
        return decision

    return _poll(read, lambda decision: decision is not None, until)


def wait_for_rollout(
    heartbeats: Heartbeats,
    version: int,
    decided_at: datetime,
    until: float,
    on_wait: Callable[[RolloutStatus], None],
) -> RolloutStatus:
    """The fleet once every live worker serves *version*, or as it is at *until*.

    *on_wait* is told of every read at a fleet that is not there yet.
    """

    def read() -> RolloutStatus:
        rollout = RolloutStatus(version, decided_at, tuple(heartbeats.live(datetime.now(UTC))))
        if not rollout.is_complete:
            on_wait(rollout)
        return rollout

    return _poll(read, lambda rollout: rollout.is_complete, until)


def _poll(
    read: Callable[[], Observation], is_final: Callable[[Observation], bool], until: float
) -> Observation:
    while not is_final(observation := read()) and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
    return observation
