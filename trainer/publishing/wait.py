"""Wait for the decision on a candidate."""

import time
from collections.abc import Callable
from typing import TypeVar

from shared.contract.documents import Decision
from shared.errors import UnapprovedError
from shared.store.approval_file import ApprovalFile
from shared.store.decision_log import DecisionLog
from shared.volume.poll_pace import PollPace

Observation = TypeVar("Observation")
_POLL_SECONDS = 0.02


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

    return poll_until(read, lambda decision: decision is not None, until)


def poll_until(
    read: Callable[[], Observation], is_final: Callable[[Observation], bool], until: float
) -> Observation:
    """Read until *is_final*, at most until *until* (monotonic seconds); return the last result."""
    pace = PollPace(_POLL_SECONDS)
    while True:
        with pace.look():
            observation = read()
        if is_final(observation) or time.monotonic() >= until:
            return observation
        time.sleep(pace.wait_seconds)
