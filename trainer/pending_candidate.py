"""Wait for a candidate that an earlier run published, instead of training again."""

import time

from shared.contract.documents import Decision
from shared.errors import UndecidedError
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from trainer.console import Console
from trainer.publishing.console_report import describe_decision
from trainer.publishing.wait import wait_for_decision


def find_pending(store: ModelStore, log: DecisionLog) -> str | None:
    """Return the newest candidate that has no decision; None if all have one."""
    pending = [name for name in store.candidates.ids() if not log.is_decided(name)]
    return pending[-1] if pending else None


def await_pending(
    store: ModelStore, log: DecisionLog, candidate_id: str, seconds: float, console: Console
) -> Decision:
    """Wait at most *seconds* for the decision on a candidate, print and return it.

    Raises UndecidedError if there is none in time, or if the candidate awaits approval.
    """
    console.line(f"Candidate {candidate_id} of an earlier run has no decision yet.")
    decision = wait_for_decision(
        log,
        store.approvals,
        candidate_id,
        time.monotonic() + seconds,
        lambda: console.show_progress("Waiting for the gatekeeper"),
    )
    if decision is None:
        raise UndecidedError(
            f"No gatekeeper decided on candidate {candidate_id} within {seconds:g} s. "
            "Start a gatekeeper on this store: it will decide."
        )
    console.lines(describe_decision(decision))
    return decision
