"""A version that fails on probation is rolled back, once, and the log says why."""

from dataclasses import replace

import pytest

from gatekeeper.decisions.commit import describe_decision
from gatekeeper.probation.conditions import ProbationLimits
from shared.errors import ModelPrunedError
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.stores.gatekeeping import outcomes
from tests.support.stores.probations import HOUR, age, answer, check_of, look, promote_two, view_of

TIGHT = replace(HOUR, max_p95_seconds=0.1)


def test_a_version_that_fails_on_live_rows_is_rolled_back_once(store: ModelStore) -> None:
    first, second = promote_two(store)
    answer(store, second, failed=50)
    look(store)
    look(store)
    assert outcomes(store) == ["promoted", "promoted", "rolled_back"]
    decision = store.decision_log().entries[-1].decision
    assert decision.registry is not None
    assert (decision.registry.version, decision.registry.digest) == (3, first.digest)
    assert store.registry.read() == decision.registry
    restored, failed = decision.checks
    assert (restored.name, restored.observed) == ("version-restorable", 1)
    assert (failed.name, failed.passed, failed.required) == ("probation-failures", False, 0.01)
    assert failed.observed == {
        "version": 2,
        "digest": second.digest,
        "requests": 1000,
        "errors": 50,
        "not_finite": 0,
        "requests_before": 0,
        "failed_before": 0,
    }
    assert "50 of 1,000 requests (5 %) failed; 1 % are allowed." in describe_decision(decision)
    assert [each for each in check_store(store) if each.kind == "error"] == []


def test_answers_that_are_not_finite_are_failures(store: ModelStore) -> None:
    _, second = promote_two(store)
    answer(store, second, not_finite=60)
    look(store)
    assert outcomes(store)[2:] == ["rolled_back"]


def test_mistakes_of_clients_neither_roll_back_nor_hide_failures(store: ModelStore) -> None:
    _, second = promote_two(store)
    answer(store, second, requests=5000, rejected=5000)
    look(store)
    assert outcomes(store)[2:] == []
    answer(store, second, requests=500_000, failed=50, rejected=499_000)
    look(store)
    assert outcomes(store)[2:] == ["rolled_back"]


def test_a_predecessor_that_failed_as_often_raises_the_limit(store: ModelStore) -> None:
    first, second = promote_two(store)
    answer(store, first, requests=10_000, failed=500, worker="host-1-00000001")
    answer(store, second, failed=50)
    look(store)
    assert outcomes(store)[2:] == []
    answer(store, second, failed=150)
    look(store)
    assert outcomes(store)[2:] == ["rolled_back"]


@pytest.mark.parametrize(
    ("latency", "outcome"), [(0.02, []), (0.15, ["rolled_back"])], ids=["fast", "slow"]
)
def test_a_version_that_is_too_slow_is_rolled_back(
    store: ModelStore, latency: float, outcome: list[str]
) -> None:
    _, second = promote_two(store)
    answer(store, second, latency=latency)
    look(store)
    assert outcomes(store)[2:] == []
    look(store, TIGHT)
    assert outcomes(store)[2:] == outcome
    if outcome:
        (failed,) = store.decision_log().entries[-1].decision.failed
        assert (failed.name, failed.required) == ("probation-latency", 100.0)
        assert "1,000 of 1,000 requests (100 %) took longer than 100 ms" in failed.message


@pytest.mark.parametrize("limits", [HOUR, ProbationLimits()], ids=["over", "off"])
def test_a_version_that_is_not_on_probation_stays(
    store: ModelStore, limits: ProbationLimits
) -> None:
    _, second = promote_two(store)
    answer(store, second, failed=500)
    age(store, 3601)
    look(store, limits)
    assert outcomes(store)[2:] == []


def test_a_predecessor_without_its_model_is_not_restored(store: ModelStore) -> None:
    first, second = promote_two(store)
    answer(store, second, failed=500)
    assert store.models.prune(first.digest, lambda _digest: False)
    with pytest.raises(ModelPrunedError, match="version 1 was removed"):
        look(store)
    assert outcomes(store)[2:] == []
    status = view_of(store).describe(store.decision_log().decisions())
    assert status is not None
    assert status.problem == "The model of v1 was removed, so v2 cannot be rolled back."


def test_of_two_gatekeepers_one_rolls_back(store: ModelStore) -> None:
    _, second = promote_two(store)
    answer(store, second, failed=50)
    log = store.decision_log()  # the second gatekeeper has not read the entry of the first one
    look(store)
    check_of(store).look(log)
    assert outcomes(store)[2:] == ["rolled_back"]


def test_people_see_who_is_on_probation(store: ModelStore) -> None:
    _, second = promote_two(store)
    answer(store, second, failed=5)
    status = view_of(store).describe(store.decision_log().decisions())
    assert status is not None
    assert (status.version, status.predecessor, status.requests, status.failed) == (2, 1, 1000, 5)
    assert status.sentence == (
        "v2 is on probation for another 60 min: 5 of 1,000 requests failed. "
        "Labels are not judged. Their first comparison is not finished. "
        "If it fails, the model of v1 is restored."
    )
    assert view_of(store, seconds=0).describe(store.decision_log().decisions()) is None
