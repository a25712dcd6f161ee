"""A model that its probation has rolled back is promoted again only by a person."""

import pytest

from gatekeeper.background.training_log import decision_lines
from gatekeeper.decisions.approval import Approvals
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.rollback import roll_back
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import failed_checks, gatekeeper_of, outcomes
from tests.support.stores.probations import answer, look

FAILING = toy_model(bias=2.0)
TAKEN_BACK = ["promoted", "promoted", "rolled_back"]


@pytest.fixture
def taken_back(store: ModelStore) -> ModelStore:
    """Return a store whose second version failed its probation."""
    for model in (toy_model(bias=1.0), FAILING):
        toy_candidate(model).publish(store)
        gatekeeper_of(store).poll()
    registry = store.registry.read()
    assert registry is not None
    answer(store, registry, failed=50)
    look(store)
    assert outcomes(store) == TAKEN_BACK
    return store


def test_the_same_model_is_refused_by_name(taken_back: ModelStore) -> None:
    candidate = toy_candidate(FAILING).publish(taken_back)
    gatekeeper_of(taken_back).poll()
    assert outcomes(taken_back)[3:] == ["refused"]
    failed = failed_checks(taken_back, candidate)
    assert [*failed] == ["not-rolled-back"]
    assert failed["not-rolled-back"].startswith(
        "Decision 3 rolled this model back. Version 2 failed its probation. 50 of 1,000 requests"
    )


def test_another_model_is_promoted(taken_back: ModelStore) -> None:
    toy_candidate(toy_model(bias=3.0)).publish(taken_back)
    gatekeeper_of(taken_back).poll()
    assert outcomes(taken_back)[3:] == ["promoted"]
    checks = taken_back.decision_log().entries[-1].decision.checks
    assert "not-rolled-back" not in {check.name for check in checks}


def test_a_person_who_rolls_back_to_it_lifts_the_ban(taken_back: ModelStore) -> None:
    registry = roll_back(taken_back, 2).registry
    assert registry is not None
    answer(taken_back, registry, failed=500)
    look(taken_back)  # a person chose it, so it is not on probation
    toy_candidate(FAILING).publish(taken_back)
    gatekeeper_of(taken_back).poll()
    assert outcomes(taken_back)[3:] == ["rolled_back", "promoted"]


def test_a_person_who_approves_it_lifts_the_ban(taken_back: ModelStore) -> None:
    queue = ApprovalQueue(is_manual=True)
    candidate = toy_candidate(FAILING).publish(taken_back)
    gatekeeper_of(taken_back, queue=queue).poll()
    (pending,) = queue.pending()
    (check,) = [each for each in pending.verdict.checks if each.name == "not-rolled-back"]
    assert check.passed
    assert check.message.endswith("A person decides whether it is promoted again.")
    Approvals(taken_back, queue).approve(candidate, "The cause was the network.")
    assert outcomes(taken_back)[3:] == ["promoted"]
    toy_candidate(FAILING).publish(taken_back)
    gatekeeper_of(taken_back).poll()
    assert outcomes(taken_back)[4:] == ["promoted"]


def test_the_training_log_says_why_a_version_was_rolled_back(taken_back: ModelStore) -> None:
    (line,) = decision_lines(taken_back.decision_log().entries[-1].decision)
    assert (line["outcome"], line["version"]) == ("rolled_back", 3)
    (reason,) = line["reasons"]
    assert reason.startswith("Version 2 failed its probation.")
