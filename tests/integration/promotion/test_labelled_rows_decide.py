"""Labelled rows of production compare both models, and rule with GATEKEEPER_LIVE_HOLDOUT."""

import pytest

from shared.contract.documents import Decision
from shared.store.store import ModelStore
from tests.support.models.lookup import candidate_on
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.decisions import check_of, decided
from tests.support.stores.gatekeeping import ACCURACY
from tests.support.stores.labelled_cities import (
    BETTER,
    CHAMPION,
    NEW,
    TRUTH,
    WORSE,
    answer,
    candidate,
    hash_cities,
    hash_keys,
    put_in_production,
)


def judge(store: ModelStore, challenger: ToyCandidate, **policy: object) -> Decision:
    return decided(store, challenger.publish(store), ACCURACY.model_copy(update=policy))


@pytest.mark.parametrize("rules", [False, True])
def test_a_model_that_is_worse_on_labelled_rows_is_refused_if_they_rule(
    store: ModelStore, *, rules: bool
) -> None:
    put_in_production(store, NEW)
    answer(store, ["Rome"] * 40 + ["Oslo"] * 80, {"Rome": "yes", "Oslo": "yes"})

    decision = judge(store, candidate(WORSE, NEW), live_holdout=rules)

    assert decision.outcome == ("refused" if rules else "promoted")
    check = check_of(decision, "live-comparison")
    assert check.result == ("failed" if rules else "no limit set")
    observed = check.observed
    assert (observed["rows"], observed["labelled"]) == (120, 120)
    assert (observed["challenger"], observed["champion"]) == (pytest.approx(2 / 3), 1.0)
    assert observed["differing_rows"] == 40
    assert observed["interval"][1] < -0.2
    assert "on 120 logged rows with a label, which neither was fitted on." in check.message


def test_rows_that_a_model_was_fitted_on_are_left_out(store: ModelStore) -> None:
    put_in_production(store, hash_cities(CHAMPION, ["Oslo"]))
    cities = ["Rome"] * 60 + ["Oslo"] * 50 + ["Bonn"] * 70
    answer(store, cities, {"Rome": "yes", "Oslo": "no", "Bonn": "yes"})

    decision = judge(store, candidate(BETTER, hash_cities(BETTER, ["Bonn"])))

    observed = check_of(decision, "live-comparison").observed
    assert (observed["labelled"], observed["rows"]) == (180, 60)
    assert (observed["challenger"], observed["champion"]) == (1.0, 1.0)


def test_a_row_key_is_the_id_of_a_logged_row(store: ModelStore) -> None:
    put_in_production(store, hash_keys(f"row-{number}" for number in range(30)), "id")
    answer(store, ["Rome"] * 100, {"Rome": "yes"})
    keys = hash_keys(f"row-{number}" for number in range(50, 75))

    decision = judge(store, candidate(WORSE, keys, "id"))

    assert check_of(decision, "live-comparison").observed["rows"] == 45


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("order\u00a0 {}", "order {}"),
        ("cafe\u0301 {}", "caf\u00e9 {}"),
        ("+49{}", "49{}"),
        ("00{}.50", "{}.5"),
        ("2026-01-31T12:00:{}Z", "2026-01-31 12:00:{}Z"),
    ],
)
def test_a_row_key_is_found_in_every_spelling_that_the_trainer_joins(
    store: ModelStore, name: str, key: str
) -> None:
    put_in_production(store, NEW, "id")
    answer(store, ["Rome"] * 40, {"Rome": "yes"}, name)
    keys = hash_keys(key.format(number) for number in range(10, 35))

    decision = judge(store, candidate(WORSE, keys, "id"))

    assert check_of(decision, "live-comparison").observed["rows"] == 15


def test_rows_of_few_ids_do_not_rule(store: ModelStore) -> None:
    put_in_production(store, NEW)
    answer(store, ["Rome"] * 120, {"Rome": "yes"}, "order 7")

    decision = judge(store, candidate(WORSE, NEW), live_holdout=True)

    check = check_of(decision, "live-comparison")
    assert (decision.outcome, check.result) == ("promoted", "not checked")
    assert (check.observed["rows"], check.observed["ids"]) == (120, 1)
    assert check.message.endswith("Only rows with 100 different ids and more can decide.")


def test_few_labelled_rows_do_not_rule(store: ModelStore) -> None:
    put_in_production(store, NEW)
    answer(store, ["Rome"] * 99, {"Rome": "yes"})

    decision = judge(store, candidate(WORSE, NEW), live_holdout=True)

    assert decision.outcome == "promoted"
    check = check_of(decision, "live-comparison")
    assert check.result == "not checked"
    assert check.message.endswith("Only rows with 100 different ids and more can decide.")


def test_a_result_on_labelled_rows_that_may_be_chance_is_inconclusive(store: ModelStore) -> None:
    put_in_production(store, NEW)
    answer(store, ["Rome"] * 120, {"Rome": "yes"})
    sure = {"live_holdout": True, "confidence": 0.95, "min_improvement": -0.02}

    decision = judge(store, candidate(BETTER, NEW), **sure)

    assert decision.outcome == "inconclusive"
    assert check_of(decision, "live-comparison").observed["bound"] == pytest.approx(-3 / 120)


def test_labels_that_are_no_class_and_models_without_hashes_are_named(store: ModelStore) -> None:
    put_in_production(store, NEW)
    answer(store, ["Rome"] * 10, {"Rome": "perhaps"})
    check = check_of(judge(store, candidate(BETTER, NEW)), "live-comparison")
    assert "has a label that is one of the classes" in check.message
    answer(store, ["Oslo"] * 10, {"Oslo": "yes"})
    check = check_of(judge(store, candidate_on(WORSE, TRUTH)), "live-comparison")
    assert "It is not known which rows the candidate was fitted on" in check.message
