"""Put the predecessor of a version that failed its probation into production again."""

from typing import TYPE_CHECKING

from gatekeeper.decisions.commit import commit
from gatekeeper.decisions.decision_spans import describe_result
from gatekeeper.decisions.rollback import draft_rollback, require_whole
from gatekeeper.decisions.signing import sign_decision
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Registry
from shared.errors import DecisionConflictError
from shared.store.store import ModelStore
from shared.telemetry.spans import span

if TYPE_CHECKING:
    from shared.contract.signing_keys import SigningKey


def take_back(
    store: ModelStore,
    failed: Registry,
    restored: Registry,
    check: CheckResult,
    key: "SigningKey | None" = None,
) -> Decision | None:
    """Restore the model of *restored* because *check* failed; durable on return.

    Return None if *failed* is not in force any more: then another decision came first.

    Raises:
        ModelPrunedError: The model to restore was removed or is damaged.
        StoreWriteError: The decision could not be written.
    """
    with span("roll back by probation") as rolling_back:
        decision = _restore(store, failed, restored, check, key)
        rolling_back.add(describe_result(decision) if decision else {})
        return decision


def _restore(
    store: ModelStore,
    failed: Registry,
    restored: Registry,
    check: CheckResult,
    key: "SigningKey | None",
) -> Decision | None:
    log = store.shared_log()
    log.refresh()
    with store.models.pinned(restored.digest):
        while log.registry == failed:
            require_whole(store, restored)
            decision = sign_decision(draft_rollback(log, restored, check), key)
            try:
                commit(store, log, decision)
            except DecisionConflictError:
                log.refresh()
                continue
            return decision
    return None
