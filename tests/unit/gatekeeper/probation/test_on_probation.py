"""The version on probation follows from the log, and its time from the clock of the volume."""

import pytest

from gatekeeper.decisions.rollback import roll_back
from gatekeeper.probation.on_probation import Probation, ProbationClock, find_probation
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.fake_services import decide
from tests.support.stores.probations import age, promote_two


def find(store: ModelStore) -> Probation | None:
    return find_probation(store.decision_log().decisions())


def test_the_first_version_is_not_on_probation(store: ModelStore) -> None:
    assert find(store) is None
    promote(store, toy_model())
    assert find(store) is None


def test_a_promoted_version_is_on_probation_until_another_one_is(store: ModelStore) -> None:
    first, second = promote_two(store)
    found = find(store)
    assert found == Probation(second, 2, frozenset({2}), first)
    decide(store, toy_candidate().publish(store), "refused")
    assert find(store) == found
    third = promote(store, toy_model(bias=3.0))
    assert find(store) == Probation(third, 4, frozenset({3}), second)


def test_a_model_that_is_promoted_again_continues_its_probation(store: ModelStore) -> None:
    first, second = promote_two(store)
    again = promote(store, toy_model(bias=2.0))
    assert again.digest == second.digest
    assert find(store) == Probation(again, 2, frozenset({2, 3}), first)


def test_a_rollback_ends_the_probation(store: ModelStore) -> None:
    promote_two(store)
    roll_back(store, 1)
    assert find(store) is None
    promote(store, toy_model(bias=1.0))  # the model that the rollback restored, byte for byte
    assert find(store) is None


@pytest.mark.parametrize(("passed", "left"), [(0, 3600), (1200, 2400), (3660, 0), (-3600, 3600)])
def test_the_time_is_that_of_the_volume(store: ModelStore, passed: float, left: float) -> None:
    promote_two(store)
    age(store, passed)
    found = find(store)
    assert found is not None
    assert ProbationClock(store.layout, 3600.0).seconds_left(found) == pytest.approx(left, abs=60)
    assert ProbationClock(store.layout, 0.0).seconds_left(found) == 0
