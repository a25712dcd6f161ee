"""Wait for the decision on a candidate, and then for all workers to serve it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from shared.contract.documents import Decision
from shared.contract.heartbeat import Heartbeat
from shared.errors import UnapprovedError
from shared.store.approval_file import ApprovalFile
from shared.store.decision_log import DecisionLog
from shared.store.heartbeats import Heartbeats

Observation = TypeVar("Observation")
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class RolloutStatus:
    """The live workers at one moment, and the version that they should serve."""

    version: int
    decided_at: datetime
    workers: tuple[Heartbeat, ...]

    @property
    def converged(self) -> tuple[Heartbeat, ...]:
        """The workers that serve the version or a later one."""
        return tuple(w for w in self.workers if (w.serving_version or 0) >= self.version)

    @property
    def failing(self) -> tuple[Heartbeat, ...]:
        """The workers that report an error instead of serving the version."""
        return tuple(w for w in self.workers if w not in self.converged and w.last_error)

    @property
    def is_complete(self) -> bool:
        """Whether all live workers serve the version. True without workers."""
        return len(self.converged) == len(self.workers)

    @property
    def convergence_ms(self) -> int:
        """Milliseconds from the decision until the last converged worker loaded the version."""
        loaded = [worker.loaded_at for worker in self.converged if worker.loaded_at is not None]
        latest = max(loaded, default=self.decided_at) - self.decided_at
        return max(0, round(latest.total_seconds() * 1000))


def wait_for_decision(
    log: DecisionLog,
    approvals: ApprovalFile,
    candidate_id: str,
    until: float,
    on_wait: Callable[[], None],
) -> Decision | None:
    """Return the decision on a candidate; None if it has none by *until* (monotonic seconds).

    It calls *on_wait* before each reading of the log.
    Raises UnapprovedError if the candidate awaits a person's approval, and LogCorruptError.
    """

    def read() -> Decision | None:
        on_wait()
        awaits_approval = candidate_id in approvals.ids()
        log.refresh()
        decision = log.decision_on(candidate_id)
        if awaits_approval and decision is None:
            raise UnapprovedError(
                f"Candidate {candidate_id} passes every check and awaits approval. "
                f"Approve it with `make approve ID={candidate_id} REASON='…'`, or reject it with "
                "`make reject`. `make candidates` lists all candidates that await approval."
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
    """Wait until all live workers serve *version*, at most until *until*; return the status.

    *on_wait* gets each status that is not complete.
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
