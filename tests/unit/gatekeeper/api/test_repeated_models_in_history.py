"""`make history` says which decisions are on the model that was in production already."""

from typing import Any

from gatekeeper.client_output import show_history
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of


def test_the_same_model_again_is_called_the_same_model(store: ModelStore) -> None:
    for skips, bias in ((False, 0.0), (False, 0.0), (True, 0.0), (False, 0.25)):
        toy_candidate(toy_model(bias=bias)).publish(store)
        gatekeeper_of(store, GatePolicy(metric="accuracy", skip_identical=skips)).poll()
    page: dict[str, Any] = {
        "decisions": [each.model_dump(mode="json") for each in store.decision_log().decisions()],
        "before": None,
    }
    lines = show_history(page).splitlines()[-4:]
    assert [line.rpartition("the same model")[2] for line in lines if "same model" in line] == [
        " as v1",
        "",
    ]
    assert [place for place, line in enumerate(lines) if "same model" in line] == [1, 2]
