"""With GATEKEEPER_APPROVAL=manual, a person decides candidates that pass every check."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from gatekeeper.background.poll import Reconciler
from gatekeeper.decisions.approval import Approvals
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.rollback import roll_back
from shared.contract.layout import HOLDOUT
from shared.errors import (
    AlreadyDecidedError,
    ModelNotFoundError,
    NotAwaitingApprovalError,
    StoreWriteError,
)
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.gatekeeping import (
    HereEvaluator,
    failed_checks,
    gatekeeper_of,
    outcomes,
    weak_candidate,
)


@pytest.fixture
def queue() -> ApprovalQueue:
    return ApprovalQueue(is_manual=True)


def of_bias(bias: float, correct: int = 10) -> ToyCandidate:
    return toy_candidate(toy_model(bias=bias), correct=correct)


def manual(store: ModelStore, queue: ApprovalQueue) -> Reconciler:
    gatekeeper = gatekeeper_of(store, queue=queue)
    gatekeeper.poll()
    return gatekeeper


def test_a_good_candidate_awaits_approval_and_a_bad_one_is_refused(
    store: ModelStore, queue: ApprovalQueue
) -> None:
    good, bad = of_bias(0.0).publish(store), toy_candidate(claimed=0.5).publish(store)
    manual(store, queue)

    assert outcomes(store) == ["refused"]
    assert failed_checks(store, bad)
    assert [held.candidate_id for held in queue.pending()] == [good]
    assert store.approvals.ids() == (good,)
    assert store.registry.read() is None


def test_a_pending_candidate_is_scored_once(store: ModelStore, queue: ApprovalQueue) -> None:
    of_bias(0.0).publish(store)
    evaluator = HereEvaluator()
    gatekeeper = gatekeeper_of(store, evaluator=evaluator, queue=queue)
    for _ in range(3):
        gatekeeper.poll()
    assert len(evaluator.jobs) == 1


def test_an_approval_promotes_with_its_reason(store: ModelStore, queue: ApprovalQueue) -> None:
    candidate_id = of_bias(0.0).publish(store)
    gatekeeper = manual(store, queue)

    decision = Approvals(store, queue).approve(candidate_id, "seen with the risk team")

    assert decision == store.decision_log().decision_on(candidate_id)
    assert decision.registry == store.registry.read()
    last = decision.checks[-1]
    assert (last.name, last.passed, last.observed) == ("approval", True, "approved")
    assert last.message == "Approved: seen with the risk team"
    assert len(decision.checks) > 5, "and how it was judged"
    gatekeeper.poll()
    assert (queue.pending(), store.approvals.ids(), check_store(store)) == ((), (), [])
    assert not store.layout.awaiting_approval.exists()


def test_a_rejection_refuses(store: ModelStore, queue: ApprovalQueue) -> None:
    candidate_id = of_bias(0.0).publish(store)
    manual(store, queue)

    decision = Approvals(store, queue).reject(candidate_id, "the data of May is missing")

    assert (decision.outcome, decision.registry) == ("refused", None)
    assert failed_checks(store, candidate_id) == {
        "approval": "Rejected: the data of May is missing"
    }
    assert store.models.digests() == []


def test_an_early_or_late_approval_is_an_error(store: ModelStore, queue: ApprovalQueue) -> None:
    first, second = of_bias(0.0).publish(store), of_bias(0.25).publish(store)
    with pytest.raises(NotAwaitingApprovalError, match="not judged yet"):
        Approvals(store, queue).approve(first, "seen")
    with pytest.raises(NotAwaitingApprovalError, match="GATEKEEPER_APPROVAL is automatic"):
        Approvals(store, ApprovalQueue()).approve(second, "seen")
    with pytest.raises(ModelNotFoundError):
        Approvals(store, queue).reject("20010101T000000000000Z-00000000", "seen")
    manual(store, queue)
    Approvals(store, queue).reject(first, "no")
    for answer in (Approvals.approve, Approvals.reject):
        with pytest.raises(AlreadyDecidedError, match="already decided: refused, in decision 1"):
            answer(Approvals(store, queue), first, "yes")
    assert outcomes(store) == ["refused"]


def test_a_pending_candidate_is_compared_again_with_a_new_champion(
    store: ModelStore, queue: ApprovalQueue
) -> None:
    weak, good = weak_candidate().publish(store), of_bias(0.0).publish(store)
    gatekeeper = manual(store, queue)
    assert [held.candidate_id for held in queue.pending()] == [weak, good]
    Approvals(store, queue).approve(good, "seen")

    for answer in (Approvals.approve, Approvals.reject):
        with pytest.raises(NotAwaitingApprovalError, match="Version 1 was promoted after"):
            answer(Approvals(store, queue), weak, "too quick")
    gatekeeper.poll()

    assert outcomes(store) == ["promoted", "refused"]
    assert "champion-comparison" in failed_checks(store, weak)


def test_a_pending_candidate_is_compared_again_after_a_rollback(
    store: ModelStore, queue: ApprovalQueue
) -> None:
    for bias in (0.0, 0.25):
        of_bias(bias).publish(store)
    gatekeeper_of(store).poll()
    third = of_bias(0.5).publish(store)
    gatekeeper = manual(store, queue)
    first = queue.find(third)
    roll_back(store, 1)
    assert not queue.is_current(third, 3)
    gatekeeper.poll()
    assert queue.is_current(third, 3)
    again = queue.find(third)
    assert first is not None
    assert again is not None
    assert again.since == first.since, "it waits since it was judged first"
    decision = Approvals(store, queue).approve(third, "seen")
    assert decision.registry is not None
    assert decision.registry.version == 4


def test_only_the_bytes_that_were_judged_are_promoted(
    store: ModelStore, queue: ApprovalQueue
) -> None:
    candidate_id = of_bias(0.0).publish(store)
    gatekeeper = manual(store, queue)
    (store.layout.candidate(candidate_id) / HOLDOUT).write_bytes(b"changed")

    with pytest.raises(NotAwaitingApprovalError, match="changed after it was judged"):
        Approvals(store, queue).approve(candidate_id, "seen")
    assert (outcomes(store), store.models.digests()) == ([], [])
    gatekeeper.poll()
    assert outcomes(store) == ["refused"]


def test_a_withdrawn_candidate_is_not_pending(store: ModelStore, queue: ApprovalQueue) -> None:
    candidate_id = of_bias(0.0).publish(store)
    gatekeeper = manual(store, queue)
    store.candidates.remove(candidate_id)
    with pytest.raises(ModelNotFoundError):
        Approvals(store, queue).approve(candidate_id, "seen")
    gatekeeper.poll()
    assert (queue.pending(), store.approvals.ids()) == ((), ())


def test_only_one_of_many_approvals_at_once_counts(store: ModelStore, queue: ApprovalQueue) -> None:
    candidate_id = of_bias(0.0).publish(store)
    manual(store, queue)
    approvals = Approvals(store, queue)
    answers = approvals.reject, approvals.approve

    def answer(number: int) -> bool:
        with suppress(AlreadyDecidedError, NotAwaitingApprovalError):
            answers[number % 2](candidate_id, f"answer {number}")
            return True
        return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(answer, range(8))) == 1
    assert len(outcomes(store)) == 1
    assert check_store(store) == []


def test_a_candidate_stays_pending_on_a_full_disk(
    store: ModelStore, queue: ApprovalQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate_id = of_bias(0.0).publish(store)
    manual(store, queue)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "link", full)
        with pytest.raises(StoreWriteError):
            Approvals(store, queue).approve(candidate_id, "seen")
    assert (outcomes(store), queue.is_current(candidate_id, None)) == ([], True)
    assert Approvals(store, queue).approve(candidate_id, "seen").outcome == "promoted"


def test_after_a_restart_it_is_judged_again(store: ModelStore, queue: ApprovalQueue) -> None:
    candidate_id = of_bias(0.0).publish(store)
    manual(store, queue)
    again = ApprovalQueue(is_manual=True)
    manual(store, again)
    assert again.is_current(candidate_id, None)

    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted"], "automatic from now on"
    assert not store.layout.awaiting_approval.exists()


def test_a_damaged_file_of_what_waits_is_written_again(
    store: ModelStore, queue: ApprovalQueue
) -> None:
    candidate_id = of_bias(0.0).publish(store)
    gatekeeper = manual(store, queue)
    for damage in (b"", b"{", b'{"format_version": 1, "candidates": 7}'):
        store.layout.awaiting_approval.write_bytes(damage)
        assert store.approvals.ids() == ()
        gatekeeper.poll()
        assert store.approvals.ids() == (candidate_id,)


def held(running: GatekeeperThread, candidate_id: str) -> bool:
    answer = plain_http.get(f"{running.url}/candidates/{candidate_id}").json()
    return answer["waiting"] is not None


def test_the_api_asks_for_the_token_and_a_reason(store: ModelStore) -> None:
    first, second = of_bias(0.0).publish(store), of_bias(0.25).publish(store)
    with gatekeeper_thread(store.layout.root, GATEKEEPER_APPROVAL="manual") as running:
        wait_for(lambda: held(running, second), "both candidates to be judged")
        listed = plain_http.get(f"{running.url}/candidates").json()["candidates"]
        assert [(each["waiting"], each["model_name"]) for each in listed] == [(True, "toy")] * 2
        assert "held_candidates 2" in plain_http.get(f"{running.url}/metrics").text
        assert "waiting_candidates 0" in plain_http.get(f"{running.url}/metrics").text
        good = {"Authorization": f"Bearer {store.layout.token.read_text().strip()}"}

        def status(
            name: str, body: object, headers: dict[str, str] = good, answer: str = "approve"
        ) -> int:
            url = f"{running.url}/candidates/{name}/{answer}"
            return plain_http.post(url, json=body, headers=headers).status_code

        reason = {"reason": "seen"}
        assert status(first, reason, {}) == 401
        assert status(first, reason, {"Authorization": "Bearer guess"}) == 403
        for bad in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "a\nb"}, {"reason": 7}):
            assert status(first, bad) == 422
        assert status(first, {**reason, "force": True}) == 422
        assert status(first, {"reason": "x" * 501}) == 422
        assert status(first, {"reason": "x" * 100_000}) == 413
        assert status("20010101T000000000000Z-00000000", reason) == 404
        assert outcomes(store) == []
        assert status(first, reason) == 200
        assert status(first, reason) == 409
        wait_for(
            lambda: status(second, reason, answer="reject") == 200, "the other to be judged again"
        )
    assert outcomes(store) == ["promoted", "refused"]
