"""When features change, clients are protected and both models are still compared fairly."""

import math

import numpy as np
import pytest

from gatekeeper.decisions.rollback import roll_back
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Decision, Feature
from shared.contract.layout import ONNX_MODEL
from shared.inference.onnx_servable import OnnxServable
from shared.scoring.scorer_names import ANY_CLASSES
from shared.scoring.scorers import score
from shared.store.store import ModelStore
from tests.support.models.lookup import SURE, candidate_on, lookup_model, rows_of
from tests.support.models.toy import ToyModel
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.decisions import check_of
from tests.support.stores.gatekeeping import ACCURACY, gatekeeper_of, outcomes

ALLOWING = ACCURACY.model_copy(update={"allow_schema_change": True})
AGE = Feature(name="age", type="number", nullable=True)
CHAMPION = lookup_model({"Bonn": "no", "Köln": "yes"})
KNOWN = [("Bonn", "no")] * 4 + [("Köln", "yes")] * 4
GROWN = lookup_model({"Aachen": "yes", "Bonn": "no", "Köln": "yes"})
WITH_AACHEN = [("Aachen", "yes"), ("Aachen", "yes"), *KNOWN]


def decide(store: ModelStore, *candidates: ToyCandidate, policy: GatePolicy = ACCURACY) -> Decision:
    """Publish and decide candidates in turn, and return the last decision."""
    gatekeeper = gatekeeper_of(store, policy)
    for candidate in candidates:
        candidate.publish(store)
        gatekeeper.poll()
    return next(store.decision_log().decisions())


def scores(decision: Decision) -> tuple[object, object]:
    return decision.scores["challenger"], decision.scores["champion"]


def test_a_champion_is_scored_on_rows_whose_categories_have_grown(store: ModelStore) -> None:
    decision = decide(store, candidate_on(CHAMPION, KNOWN), candidate_on(GROWN, WITH_AACHEN))
    assert decision.outcome == "promoted"
    assert scores(decision) == (1.0, 0.8), "right on all but the city that it does not know"
    assert check_of(decision, "champion-comparison").message.endswith("scored on the same rows.")
    assert check_of(decision, "schema-compatible").message == (
        "1 feature and 2 classes, as in its holdout and golden rows."
    )


def test_a_champion_wins_on_grown_categories_where_it_is_better(store: ModelStore) -> None:
    worse = lookup_model({"Aachen": "yes", "Bonn": "yes", "Köln": "yes"})
    candidate = candidate_on(worse, WITH_AACHEN, claimed=0.6)
    decision = decide(store, candidate_on(CHAMPION, KNOWN), candidate)
    assert decision.outcome == "refused"
    assert scores(decision) == (0.6, 0.8)


def test_a_champion_is_scored_on_rows_whose_categories_have_shrunk(store: ModelStore) -> None:
    decision = decide(store, candidate_on(GROWN, WITH_AACHEN), candidate_on(CHAMPION, KNOWN))
    assert (decision.outcome, scores(decision)) == ("promoted", (1.0, 1.0))


def test_a_new_feature_that_may_be_missing_is_left_out_for_the_champion(
    store: ModelStore,
) -> None:
    wider = lookup_model({"Aachen": "no", "Bonn": "no", "Köln": "yes"}, others=[AGE])
    rows = rows_of(wider, [city for city, _ in WITH_AACHEN])
    rows[0, 1] = np.nan
    candidate = candidate_on(wider, WITH_AACHEN, rows=rows, claimed=0.8)
    decision = decide(store, candidate_on(CHAMPION, KNOWN), candidate)
    assert (decision.outcome, scores(decision)) == ("promoted", (0.8, 0.8))
    found = check_of(decision, "schema-compatible")
    assert "need not change: 'age' (number) is new" in found.message
    assert (found.observed, found.required) == (
        {"feature age": "number or null"},
        {"feature age": "none"},
    )


def test_a_new_required_feature_is_refused_until_it_is_allowed(store: ModelStore) -> None:
    age = AGE.model_copy(update={"nullable": False})
    wider = lookup_model({"Bonn": "no", "Köln": "yes"}, others=[age])
    refused = decide(store, candidate_on(CHAMPION, KNOWN), candidate_on(wider, KNOWN))
    assert [check.name for check in refused.failed] == ["schema-compatible"]
    assert "'age' (number) is new and required" in refused.failed[0].message
    allowed = decide(store, candidate_on(wider, KNOWN), policy=ALLOWING)
    assert (allowed.outcome, scores(allowed)) == ("promoted", (1.0, 1.0))
    assert "'age' (number) is new and required" in check_of(allowed, "schema-compatible").message


def test_going_back_to_other_features_is_no_candidates_business(store: ModelStore) -> None:
    other = lookup_model({"Bonn": "no", "Köln": "yes"}, others=[AGE])
    decide(store, candidate_on(other, KNOWN), candidate_on(CHAMPION, KNOWN), policy=ALLOWING)
    assert roll_back(store, 1).registry is not None
    assert outcomes(store) == ["promoted", "promoted", "rolled_back"]


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ((), "it takes 'age', which the challenger's rows lack."),
        (
            (Feature(name="age", type="boolean"),),
            "it takes 'age' as a number, but the challenger's rows have a boolean.",
        ),
    ],
)
def test_a_champion_that_the_rows_do_not_suit_is_compared_by_its_recorded_score(
    store: ModelStore, others: tuple[Feature, ...], reason: str
) -> None:
    older = lookup_model({"Bonn": "no", "Köln": "yes"}, others=[AGE])
    newer = lookup_model({"Bonn": "no", "Köln": "no"}, others=others)
    mistaken = [("Bonn", "yes"), *KNOWN[:3], *KNOWN[4:]]
    candidate = candidate_on(newer, KNOWN, claimed=0.5)
    decision = decide(
        store, candidate_on(older, mistaken, claimed=7 / 8), candidate, policy=ALLOWING
    )
    assert scores(decision) == (0.5, 7 / 8)
    assert decision.outcome == "refused"
    assert reason in check_of(decision, "champion-comparison").message


def test_a_champion_without_missing_values_is_compared_by_its_recorded_score(
    store: ModelStore,
) -> None:
    strict = AGE.model_copy(update={"nullable": False})
    older = lookup_model({"Bonn": "no", "Köln": "yes"}, others=[strict])
    newer = lookup_model({"Bonn": "no", "Köln": "yes"}, others=[AGE])
    whole = decide(store, candidate_on(older, KNOWN), candidate_on(newer, KNOWN))
    assert check_of(whole, "champion-comparison").message.endswith("scored on the same rows.")
    roll_back(store, 1)
    rows = rows_of(newer, [city for city, _ in KNOWN])
    rows[3, 1] = np.nan
    holed = decide(store, candidate_on(newer, KNOWN, rows=rows))
    assert holed.outcome == "promoted"
    assert "needs a value for 'age'" in check_of(holed, "champion-comparison").message
    assert "as recorded" in check_of(holed, "champion-comparison").message


@pytest.fixture
def third_class() -> ToyModel:
    """Knows a class that the champion does not."""
    return lookup_model(
        {"Aachen": "perhaps?", "Bonn": "no", "Köln": "yes"}, classes=("no", "yes", "perhaps?")
    )


def test_a_champion_is_wrong_on_each_row_of_a_class_that_it_does_not_know(
    store: ModelStore, third_class: ToyModel
) -> None:
    truth = [("Aachen", "perhaps?")] * 2 + KNOWN
    decision = decide(store, candidate_on(CHAMPION, KNOWN), candidate_on(third_class, truth))
    assert (decision.outcome, scores(decision)) == ("promoted", (1.0, 0.8))
    assert check_of(decision, "champion-comparison").message.endswith(
        "It cannot predict the class 'perhaps?'."
    )
    assert "'perhaps?' is a new class" in check_of(decision, "schema-compatible").message


@pytest.mark.parametrize("metric", ANY_CLASSES)
def test_every_metric_has_something_to_compare_such_a_champion_with(
    store: ModelStore, third_class: ToyModel, metric: str
) -> None:
    truth = [("Aachen", "perhaps?")] * 2 + KNOWN
    perfect = claim_of(third_class, truth, metric)
    first = candidate_on(CHAMPION, KNOWN, metric=metric, claimed=claim_of(CHAMPION, KNOWN, metric))
    second = candidate_on(third_class, truth, metric=metric, claimed=perfect)
    decision = decide(store, first, second, policy=GatePolicy(metric=metric))
    assert decision.scores["challenger"] == pytest.approx(perfect)
    is_scored = "scored on the same rows" in check_of(decision, "champion-comparison").message
    assert is_scored == ("log_loss" not in metric)


def claim_of(model: ToyModel, truth: list[tuple[str, str]], metric: str) -> float:
    """Return the score that an honest trainer claims."""
    classes = model.artefact.classes
    rows = rows_of(model, [city for city, _ in truth])
    answers = OnnxServable(model.files[ONNX_MODEL], model.artefact).predict(rows)
    target = np.array([classes.index(label) for _, label in truth])
    return score(metric, target, answers, len(classes))


def test_a_class_with_probability_0_has_an_infinite_log_loss(
    store: ModelStore, third_class: ToyModel
) -> None:
    policy = GatePolicy(metric="neg_log_loss")
    sure = math.log(SURE)
    first = candidate_on(CHAMPION, KNOWN, metric=policy.metric, claimed=sure)
    truth = [("Aachen", "perhaps?")] * 2 + KNOWN
    second = candidate_on(third_class, truth, metric=policy.metric, claimed=sure)
    decision = decide(store, first, second, policy=policy)
    assert decision.outcome == "promoted"
    assert decision.scores["champion"] == pytest.approx(sure)
    message = check_of(decision, "champion-comparison").message
    assert "it gives the class 'perhaps?' probability 0, so its loss is infinite." in message


def test_classes_in_another_order_are_refused_and_compared_by_name(store: ModelStore) -> None:
    turned = lookup_model({"Bonn": "no", "Köln": "yes"}, classes=("yes", "no"))
    for policy, outcome in ((ACCURACY, "refused"), (ALLOWING, "promoted")):
        candidates = [candidate_on(turned, KNOWN)]
        if policy is ACCURACY:
            candidates.insert(0, candidate_on(CHAMPION, KNOWN))
        decision = decide(store, *candidates, policy=policy)
        assert decision.outcome == outcome
        assert scores(decision) == (1.0, 1.0)
        assert (
            "class 0 was 'no' and is now 'yes'" in check_of(decision, "schema-compatible").message
        )


def test_a_champion_that_answers_a_class_of_yesterday_is_compared_by_its_recorded_score(
    store: ModelStore, third_class: ToyModel
) -> None:
    truth = [("Aachen", "perhaps?")] * 2 + KNOWN
    decision = decide(store, candidate_on(third_class, truth), candidate_on(CHAMPION, KNOWN))
    assert [check.name for check in decision.failed] == ["schema-compatible"]
    assert "'perhaps?' is not a class any more" in decision.failed[0].message
    message = check_of(decision, "champion-comparison").message
    assert "it predicts 'perhaps?', which is not a class of the challenger." in message
