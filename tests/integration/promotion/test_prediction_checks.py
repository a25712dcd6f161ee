"""Recall, slices and constant predictions decide, from a real holdout to the decision."""

from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import ACCURACY, failed_checks, gatekeeper_of, outcomes


def test_a_model_with_constant_predictions_is_refused(store: ModelStore) -> None:
    candidate = toy_candidate(toy_model((0.0, 0.0), bias=1.0), correct=9)
    candidate_id = candidate.publish(store)
    gatekeeper_of(store).poll()
    assert list(failed_checks(store, candidate_id)) == ["predictions-vary"]


def test_constant_predictions_pass_if_all_rows_have_one_class(store: ModelStore) -> None:
    toy_candidate(toy_model((0.0, 0.0), bias=1.0), correct=10).publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted"]


def test_rows_and_recalls_are_counted_on_the_holdout(store: ModelStore) -> None:
    candidate_id = toy_candidate(correct=8).publish(store)
    policy = ACCURACY.model_copy(update={"min_holdout_rows": 11, "recall_floor": 0.95})
    gatekeeper_of(store, policy).poll()
    failed = failed_checks(store, candidate_id)
    assert list(failed) == ["min-holdout-rows", "recall-floor"]
    assert "10 rows" in failed["min-holdout-rows"]


def test_a_slice_that_drops_refuses_though_the_total_does_not(store: ModelStore) -> None:
    policy = ACCURACY.model_copy(
        update={"min_improvement": -1.0, "slices": "width", "slice_rows": 1}
    )
    toy_candidate().publish(store)
    gatekeeper_of(store, policy).poll()
    other = toy_candidate(toy_model((-1.0, -1.0)), correct=2).publish(store)
    gatekeeper_of(store, policy).poll()
    failed = failed_checks(store, other)
    assert list(failed) == ["slice-drop"]
    assert "'width' is" in failed["slice-drop"]


def test_slices_within_the_allowed_drop_are_promoted(store: ModelStore) -> None:
    policy = ACCURACY.model_copy(update={"slices": "width,height", "slice_rows": 1})
    for bias in (0.0, 0.25):
        toy_candidate(toy_model(bias=bias)).publish(store)
    gatekeeper_of(store, policy).poll()
    assert outcomes(store) == ["promoted", "promoted"]
