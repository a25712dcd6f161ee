"""A worker serves each promoted model after the next poll."""

import shutil

from shared.store.store import ModelStore
from tests.integration.predictor.polled_predictor import A, B, C, Predictor
from tests.support.models.served import toy_regressor
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote


def test_the_first_promoted_model_is_served(store: ModelStore, predictor: Predictor) -> None:
    predictor.step()
    assert predictor.manager.served is None
    promote(store, A)
    predictor.step()
    assert predictor.answers_as(A, 1)


def test_a_new_model_replaces_the_old_one(store: ModelStore, predictor: Predictor) -> None:
    for version, model in enumerate((A, B, C), start=1):
        promote(store, model)
        predictor.step()
        assert predictor.answers_as(model, version)
    assert predictor.loads == 3


def test_an_identical_digest_is_adopted_without_loading(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    shutil.rmtree(store.layout.model(A.digest))  # it is not read
    promote(store, A)
    predictor.step()
    assert predictor.answers_as(A, 2)
    assert predictor.loads == 1


def test_a_rollback_is_a_newer_version_of_an_earlier_model(
    store: ModelStore, predictor: Predictor
) -> None:
    for model in (A, B, A):
        promote(store, model)
        predictor.step()
    assert predictor.answers_as(A, 3)


def test_of_several_promotions_between_two_polls_the_last_is_served(
    store: ModelStore, predictor: Predictor
) -> None:
    for model in (A, B, C):
        promote(store, model)
    predictor.step()
    assert predictor.answers_as(C, 3)
    assert predictor.loads == 1


def test_a_model_with_another_schema_expects_other_features(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    wider, regressor = toy_model((1.0, 2.0, 3.0), features=("x", "y", "z")), toy_regressor()
    for version, model in ((2, wider), (3, regressor)):
        promote(store, model)
        predictor.step()
        assert predictor.answers_as(model, version)


def test_a_restarted_worker_serves_the_version_in_the_registry(store: ModelStore) -> None:
    for model in (A, B):
        promote(store, model)
    restarted = Predictor(store)
    restarted.step()
    assert restarted.answers_as(B, 2)
