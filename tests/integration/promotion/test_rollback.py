"""An earlier version goes into production again."""

import pytest

from gatekeeper.decisions.commit import describe_decision
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.decisions.statement import Statement
from shared.contract.layout import ONNX_MODEL
from shared.errors import (
    AlreadyInProductionError,
    ModelPrunedError,
    VersionNotFoundError,
)
from shared.store.store import ModelStore
from tests.integration.promotion.test_promotion import in_production
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import (
    gatekeeper_of,
    outcomes,
)
from tests.support.stores.opened_files import opened_files


def test_a_rollback_is_a_new_version_with_the_old_model(store: ModelStore) -> None:
    for bias in (1.0, 2.0):
        toy_candidate(toy_model(bias=bias), model_name=f"bias_{bias:g}").publish(store)
    gatekeeper_of(store).poll()
    first = store.decision_log().entries[0].decision.registry
    assert first is not None
    decision = roll_back(store, 1)
    registry = in_production(store)
    assert decision.registry == registry
    assert (decision.outcome, decision.candidate_id) == ("rolled_back", None)
    assert (registry.version, registry.previous_version, registry.decision) == (3, 2, 3)
    assert registry.promoted_at == decision.decided_at
    kept = {"version", "previous_version", "decision", "promoted_at"}
    assert registry.model_dump(exclude=kept) == first.model_dump(exclude=kept)


def test_a_rollback_reads_no_decision_that_the_service_has_read(store: ModelStore) -> None:
    for bias in (1.0, 2.0, 3.0):
        toy_candidate(toy_model(bias=bias)).publish(store)
    gatekeeper_of(store).poll()
    with opened_files() as opened:
        roll_back(store, 1)
    decisions = {name for name in opened if name[:8].isdigit()}
    assert decisions == {"00000004.json", "00000005.json"}, "its own, and whether more follow"


@pytest.mark.parametrize("reason", ["It was too slow", "It was too slow."])
def test_a_rollback_is_logged_with_its_reason(store: ModelStore, reason: str) -> None:
    for bias in (1.0, 2.0):
        promote(store, toy_model(bias=bias))
    decision = roll_back(store, 1, statement=Statement(reason, "ada"))
    assert (decision.reason, decision.decided_by) == (reason, "ada")
    assert describe_decision(decision).endswith(
        "is the model of version 1. Reason: It was too slow. By ada."
    )


def test_a_rollback_keeps_fields_that_this_release_does_not_know(store: ModelStore) -> None:
    first = promote(store, toy_model(bias=1.0))
    log = store.decision_log()
    newer = first.model_copy(
        update={"version": 2, "decision": 2, "previous_version": 1, "from_the_future": [1]}
    )
    update = {
        "number": 2,
        "previous": log.head_sha256,
        "registry": newer,
        "candidate_id": None,
        "outcome": "rolled_back",
    }
    log.append(log.entries[0].decision.model_copy(update=update))
    promote(store, toy_model(bias=2.0))
    roll_back(store, 2)
    assert in_production(store).model_extra == {"from_the_future": [1]}


def test_a_rollback_to_an_impossible_version_is_an_error(store: ModelStore) -> None:
    with pytest.raises(VersionNotFoundError, match="no version 1; none exists yet"):
        roll_back(store, 1)
    pruned, damaged, _ = (promote(store, toy_model(bias=bias)) for bias in (1.0, 2.0, 3.0))
    assert store.models.prune(pruned.digest, lambda _digest: False)
    (store.models.directory(damaged.digest) / ONNX_MODEL).write_bytes(b"")
    with pytest.raises(VersionNotFoundError, match="no version 4; versions 1 to 3 exist"):
        roll_back(store, 4)
    with pytest.raises(AlreadyInProductionError, match="Version 3 is already in production"):
        roll_back(store, 3)
    with pytest.raises(ModelPrunedError, match="version 1 was removed. .*KEEP_MODELS"):
        roll_back(store, 1)
    with pytest.raises(ModelPrunedError, match=f"version 2 is damaged: .*{ONNX_MODEL}"):
        roll_back(store, 2)
    assert outcomes(store) == ["promoted"] * 3
