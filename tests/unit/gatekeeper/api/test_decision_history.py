"""The past can be asked about."""

from datetime import timedelta
from itertools import pairwise

import pytest

from gatekeeper.api import decision_history
from gatekeeper.api.decision_history import DecisionHistory, DecisionPage
from gatekeeper.background.poll import Reconciler
from shared.contract.documents import Registry
from shared.errors import DecisionNotFoundError
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, weak_candidate


@pytest.fixture
def gate(store: ModelStore) -> Reconciler:
    return gatekeeper_of(store)


def test_the_registry_at_a_time_is_that_of_the_newest_decision_before(
    store: ModelStore,
) -> None:
    history = DecisionHistory(store)
    promoted = [promote(store, toy_model(bias=bias)) for bias in (1.0, 2.0, 3.0)]
    tick = timedelta(microseconds=1)
    assert history.registry_bytes_at(promoted[0].promoted_at - tick) is None
    for before, after in pairwise(promoted):
        for moment in (before.promoted_at, after.promoted_at - tick):
            data = history.registry_bytes_at(moment)
            assert data is not None
            assert Registry.decode(data, "registry") == before
    newest = history.registry_bytes_at(promoted[-1].promoted_at + timedelta(days=1))
    assert newest == store.layout.registry.read_bytes()


def test_a_refusal_changes_nothing_in_force(store: ModelStore, gate: Reconciler) -> None:
    toy_candidate().publish(store)
    weak_candidate().publish(store)
    gate.poll()
    history = DecisionHistory(store)
    refused = history.decision(2)
    assert refused.outcome == "refused"
    assert history.registry_bytes_at(refused.decided_at) == store.layout.registry.read_bytes()


def test_decisions_come_newest_first_a_page_at_a_time(
    store: ModelStore, gate: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    for candidate in (toy_candidate(), weak_candidate(), toy_candidate(), weak_candidate()):
        candidate.publish(store)
    history = DecisionHistory(store)
    assert history.page(None, 10, None) == ([], None)
    gate.poll()
    assert numbers(history.page(None, 10, None)) == ([4, 3, 2, 1], None)
    assert numbers(history.page(None, 2, None)) == ([4, 3], 3)
    assert numbers(history.page(None, 2, 3)) == ([2, 1], None)
    assert numbers(history.page("refused", 10, None)) == ([4, 2], None)
    assert numbers(history.page("refused", 1, None)) == ([4], 4)
    assert numbers(history.page("rolled_back", 10, None)) == ([], None)
    monkeypatch.setattr(decision_history, "MAX_PAGE_BYTES", 1)
    assert numbers(history.page(None, 10, None)) == ([4], 4), "at least one"


def numbers(page: DecisionPage) -> tuple[list[int], int | None]:
    return [decision.number for decision in page.decisions], page.before


def test_an_unknown_decision_is_an_error_with_its_number(store: ModelStore) -> None:
    promote(store, toy_model())
    for number in (0, 2):
        with pytest.raises(DecisionNotFoundError, match=f"no decision {number}; .* ends at 1"):
            DecisionHistory(store).decision(number)
