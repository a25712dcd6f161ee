"""Put the model of an earlier version into production again, as a new version."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gatekeeper.decisions.commit import commit
from gatekeeper.decisions.decision_spans import describe_result, span_of_person
from gatekeeper.decisions.signing import sign_decision
from gatekeeper.decisions.statement import SILENT, Statement
from gatekeeper.policy.check_names import VERSION_RESTORABLE
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Registry
from shared.contract.signatures import is_signed
from shared.errors import (
    AlreadyInProductionError,
    DecisionConflictError,
    ModelPrunedError,
    StoreError,
    VersionNotFoundError,
)
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

if TYPE_CHECKING:
    from shared.contract.signing_keys import SigningKey


def roll_back(
    store: ModelStore,
    version: int,
    key: "SigningKey | None" = None,
    statement: Statement = SILENT,
) -> Decision:
    """Put the model of *version* into production again; durable on return.

    With *key*, *version* may be the current version if this key has not signed it. The new
    version is then the same model, signed.

    Raises:
        VersionNotFoundError: there is no such version.
        AlreadyInProductionError: the version is in production.
        ModelPrunedError: its model was removed or is damaged.
        StoreWriteError: the decision could not be written.
    """
    with span_of_person("roll back") as rolling_back:
        decision = _restore(store, version, key, statement)
        rolling_back.add(describe_result(decision))
        return decision


def _restore(
    store: ModelStore, version: int, key: "SigningKey | None", statement: Statement
) -> Decision:
    log = store.shared_log()
    log.refresh()
    while True:
        restored = _find(log, version, key)
        with store.models.pinned(restored.digest):
            require_whole(store, restored)
            decision = sign_decision(statement.add_to(draft_rollback(log, restored)), key)
            try:
                commit(store, log, decision)
            except DecisionConflictError:
                log.refresh()
                continue
        return decision


def _find(log: DecisionLog, version: int, key: "SigningKey | None") -> Registry:
    registries = (decision.registry for decision in log.decisions())
    found = next((r for r in registries if r is not None and r.version == version), None)
    if found is None:
        newest = (
            f"versions 1 to {log.registry.version} exist" if log.registry else "none exists yet"
        )
        raise VersionNotFoundError(f"There is no version {version}; {newest}.")
    is_in_production = found == log.registry
    if is_in_production and (key is None or is_signed(found, key)):
        raise AlreadyInProductionError(f"Version {version} is already in production.")
    return found


def require_whole(store: ModelStore, restored: Registry) -> None:
    """Raise ModelPrunedError if the model was removed, or its bytes are damaged."""
    try:
        store.models.read(restored.digest)
    except StoreError as error:
        what = f"The model of version {restored.version}"
        if store.models.has(restored.digest):
            raise ModelPrunedError(f"{what} is damaged: {error}") from error
        raise ModelPrunedError(
            f"{what} was removed. Roll back to a newer version, or train again. "
            "GATEKEEPER_KEEP_MODELS is the number of models to keep."
        ) from error


def draft_rollback(
    log: DecisionLog, restored: Registry, failed: CheckResult | None = None
) -> Decision:
    """Return the next entry of *log*, which restores a version.

    *failed* is the condition of a probation that causes the rollback; None if a person does.
    """
    now = datetime.now(UTC)
    current = log.registry
    assert current is not None  # noqa: S101 - the log has the version to restore
    registry = restored.model_copy(
        update={
            "version": current.version + 1,
            "decision": log.next_number,
            "promoted_at": now,
            "previous_version": current.version,
        }
    )
    return Decision(
        number=log.next_number,
        previous=log.head_sha256,
        candidate_id=None,
        outcome="rolled_back",
        checks=(
            CheckResult(
                name=VERSION_RESTORABLE,
                passed=True,
                observed=restored.version,
                required=restored.version,
                message=f"The model of version {restored.version} is in the store, undamaged.",
            ),
            *((failed,) if failed else ()),
        ),
        decided_at=now,
        model_name=restored.model_name,
        metric=restored.metric,
        scores={"challenger": None, "champion": None, "candidates": {}},
        registry=registry,
    )
