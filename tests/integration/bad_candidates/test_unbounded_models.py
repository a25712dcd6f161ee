"""The gate refuses models that may never end, and models whose predictions are random."""

import onnx
from onnx import helper

from shared.store.store import ModelStore
from tests.support.models import traps
from tests.support.models.toy import toy_model, toy_onnx
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import (
    ACCURACY,
    failed_checks,
    gatekeeper_of,
    outcomes,
    refuse,
)


def noisy() -> bytes:
    """Return the toy model with random numbers of about 1e-6 in its logits."""
    model = onnx.load_from_string(toy_onnx())
    nodes = model.graph.node
    at = next(index for index, node in enumerate(nodes) if "logits" in node.output)
    nodes[at].output[0] = "clean"
    nodes.insert(
        at + 1, helper.make_node("RandomNormalLike", ["clean"], ["noise"], scale=1e-6, seed=1.0)
    )
    nodes.insert(at + 2, helper.make_node("Add", ["clean", "noise"], ["logits"]))
    return bytes(model.SerializeToString())


def test_a_time_bomb_is_refused_unless_its_operator_is_allowed(store: ModelStore) -> None:
    bomb = traps.time_bomb()
    failed = refuse(store, toy_candidate(bomb).publish(store))
    assert list(failed) == ["operators-bounded"]
    assert "Loop" in failed["operators-bounded"]
    assert "GATEKEEPER_ALLOW_OPERATORS" in failed["operators-bounded"]
    again = toy_candidate(bomb).publish(store)
    policy = ACCURACY.model_copy(update={"allow_operators": "Loop"})
    gatekeeper_of(store, policy).poll()
    assert failed_checks(store, again) == {}
    assert outcomes(store)[-1] == "promoted"


def test_random_predictions_are_refused_although_they_are_close(store: ModelStore) -> None:
    model = toy_model(onnx_bytes=noisy())
    candidate = toy_candidate(model).publish(store)
    policy = ACCURACY.model_copy(update={"allow_operators": "RandomNormalLike"})
    gatekeeper_of(store, policy).poll()
    failed = failed_checks(store, candidate)
    assert list(failed) == ["golden-rows-reproduced"]
    assert "does not repeat its predictions" in failed["golden-rows-reproduced"]
    assert "Remove what is random" in failed["golden-rows-reproduced"]
