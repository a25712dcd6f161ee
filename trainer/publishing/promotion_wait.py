"""Wait for the decision on a candidate, and for all workers to serve it. Print both."""

import time

from shared.contract.documents import Decision, Registry
from shared.errors import UndecidedError
from shared.store.decision_log import DecisionLog
from shared.store.repeated_models import find_repeated_models
from shared.store.store import ModelStore
from shared.telemetry.spans import span
from trainer.console import Console
from trainer.publishing import console_report
from trainer.publishing.rollout import Rollout, RolloutStatus
from trainer.publishing.wait import wait_for_decision


def await_promotion(
    store: ModelStore,
    log: DecisionLog,
    rollout: Rollout,
    candidate_id: str,
    *,
    seconds: float,
    console: Console,
) -> Decision:
    """Wait at most *seconds* for the decision on a candidate and then for the workers.

    *rollout* was begun before the candidate was published, which is now. Raises UndecidedError if
    there is no decision in time, or if the candidate awaits approval.
    """
    rollout.note_publication()
    until = time.monotonic() + seconds

    def on_wait() -> None:
        console.show_progress("Waiting for the gatekeeper")
        rollout.look()

    with span("wait for the decision"):
        decision = wait_for_decision(log, store.approvals, candidate_id, until, on_wait)
    if decision is None:
        raise UndecidedError(
            f"Candidate {candidate_id} is published, but no gatekeeper decided on it "
            f"within {seconds:g} s. Start a gatekeeper on this store: it will decide."
        )
    repeated = find_repeated_models(entry.decision for entry in log.entries)
    console.lines(console_report.describe_decision(decision, repeated.get(decision.number)))
    if decision.registry is not None:
        with span("wait for the workers"):
            _watch_rollout(rollout, decision.registry, decision, until, console)
    return decision


def _watch_rollout(
    rollout: Rollout, registry: Registry, decision: Decision, until: float, console: Console
) -> None:
    """Wait until all live workers serve the decision. Show each error of a worker once."""
    shown = set[str]()

    def show(status: RolloutStatus) -> None:
        for worker in status.failing:
            line = console_report.describe_worker(worker, registry.version)
            if line not in shown:
                console.line(line)
                shown.add(line)
        awaited = len(status.workers) - len(status.converged)
        console.show_progress(f"Waiting for {awaited} worker{'s' if awaited != 1 else ''}")

    status = rollout.wait(registry.version, decision.decided_at, until, show)
    console.lines(console_report.describe_rollout(status))
