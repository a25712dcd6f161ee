"""The trainer waits for a decision, and knows when only a person can make it."""

import time

import pytest

from shared.errors import UnapprovedError
from shared.store.store import ModelStore
from tests.support.processes.wait_until import PATIENCE_SECONDS
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import decide, deciding
from trainer.publishing.wait import wait_for_decision


def soon() -> float:
    return time.monotonic() + PATIENCE_SECONDS


def now() -> float:
    return time.monotonic()


def nothing() -> None:
    """Do nothing while waiting."""


def test_the_decision_is_found_when_it_is_made(store: ModelStore) -> None:
    candidate_id = toy_candidate().publish(store)
    log = store.decision_log()
    with deciding(store):
        decision = wait_for_decision(log, store.approvals, candidate_id, soon(), nothing)

    assert decision is not None
    assert (decision.candidate_id, decision.outcome) == (candidate_id, "promoted")


def test_decisions_on_others_are_not_taken_for_it(store: ModelStore) -> None:
    decide(store, toy_candidate().publish(store))
    mine = toy_candidate().publish(store)

    assert wait_for_decision(store.decision_log(), store.approvals, mine, now(), nothing) is None


def test_nobody_waits_for_a_decision_that_only_a_person_can_make(store: ModelStore) -> None:
    candidate_id = toy_candidate().publish(store)
    store.approvals.write([candidate_id])

    with pytest.raises(UnapprovedError, match=f"make approve ID={candidate_id}"):
        wait_for_decision(store.decision_log(), store.approvals, candidate_id, soon(), nothing)

    decided = decide(store, candidate_id)
    found = wait_for_decision(store.decision_log(), store.approvals, candidate_id, soon(), nothing)
    assert found == decided, "the file may be older than the log"
