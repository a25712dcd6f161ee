"""A retrain that gives byte for byte the same model is recognised by its digest."""

from gatekeeper.decisions.rollback import roll_back
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.store.repeated_models import find_repeated_models
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of


def decide(store: ModelStore, bias: float, **policy: object) -> None:
    toy_candidate(toy_model(bias=bias)).publish(store)
    gatekeeper_of(store, GatePolicy(metric="accuracy").model_copy(update=policy)).poll()


def test_a_model_that_is_promoted_again_repeats_the_version_before(store: ModelStore) -> None:
    decide(store, 0.0)
    decide(store, 0.0)
    decide(store, 0.25)
    decide(store, 0.25, skip_identical=True)
    roll_back(store, 2)
    decide(store, 0.25)
    decisions = [entry.decision for entry in store.decision_log().entries]
    assert [each.outcome for each in decisions] == [
        *("promoted", "promoted", "promoted", "unchanged", "rolled_back", "promoted")
    ]
    assert find_repeated_models(decisions) == {2: 1, 4: 3}
