"""The trainer waits for the log and for heartbeats, and knows when there is nothing to wait for."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.contract.heartbeat import Heartbeat
from shared.errors import UnapprovedError
from shared.store.store import ModelStore
from tests.support.processes.wait_until import PATIENCE_SECONDS
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import decide, deciding, worker
from trainer.publishing.wait import RolloutStatus, wait_for_decision, wait_for_rollout

DECIDED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def soon() -> float:
    return time.monotonic() + PATIENCE_SECONDS


def now() -> float:
    return time.monotonic()


def nothing() -> None:
    """Do nothing while waiting."""


def after(milliseconds: int) -> datetime:
    return DECIDED_AT + timedelta(milliseconds=milliseconds)


def watch(
    store: ModelStore,
    version: int,
    until: float,
    on_wait: Callable[[RolloutStatus], None] = lambda _: None,
) -> RolloutStatus:
    return wait_for_rollout(store.heartbeats, version, DECIDED_AT, until, on_wait)


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


def test_a_rollout_is_complete_with_its_last_worker(store: ModelStore) -> None:
    store.heartbeats.write(worker("a", 3, loaded_at=after(40)))
    store.heartbeats.write(worker("b", 3, loaded_at=after(140)))

    fleet = watch(store, 3, soon())

    assert (len(fleet.converged), len(fleet.workers), fleet.convergence_ms) == (2, 2, 140)


def test_a_worker_that_follows_later_is_waited_for(store: ModelStore) -> None:
    store.heartbeats.write(worker("a", 2, loaded_at=after(-1000)))
    seen = threading.Event()

    def follow() -> None:
        seen.wait(PATIENCE_SECONDS)
        store.heartbeats.write(worker("a", 3, loaded_at=after(80)))

    follower = threading.Thread(target=follow)
    follower.start()
    fleet = watch(store, 3, soon(), on_wait=lambda _: seen.set())
    follower.join()

    assert (len(fleet.converged), fleet.convergence_ms) == (1, 80)


def test_a_worker_that_a_later_version_overtook_is_there(store: ModelStore) -> None:
    store.heartbeats.write(worker("a", 4, loaded_at=after(900)))

    assert watch(store, 3, soon()).is_complete


def test_without_workers_there_is_nothing_to_wait_for(store: ModelStore) -> None:
    fleet = watch(store, 3, soon())

    assert fleet.is_complete
    assert fleet.workers == ()


def test_a_dead_worker_does_not_delay_the_rollout(store: ModelStore) -> None:
    store.heartbeats.write(worker("a", 3, loaded_at=after(40)))
    store.heartbeats.write(worker("gone", 2, beat_at=datetime.now(UTC) - timedelta(hours=6)))

    fleet = watch(store, 3, soon())

    assert [found.worker for found in fleet.workers] == ["a"]


def test_after_the_wait_the_rollout_may_be_incomplete(store: ModelStore) -> None:
    failing = worker("b", 2, last_error="the model does not load")
    looks: list[tuple[Heartbeat, ...]] = []
    store.heartbeats.write(worker("a", 3, loaded_at=after(40)))
    store.heartbeats.write(failing)

    fleet = watch(store, 3, now(), on_wait=lambda fleet: looks.append(fleet.failing))

    assert (len(fleet.converged), len(fleet.workers)) == (1, 2)
    assert [found.worker for found in fleet.failing] == ["b"]
    assert [[found.worker for found in look] for look in looks] == [["b"]]


def test_clocks_that_disagree_never_give_a_negative_time(store: ModelStore) -> None:
    store.heartbeats.write(worker("a", 3, loaded_at=after(-5)))

    assert watch(store, 3, soon()).convergence_ms == 0
