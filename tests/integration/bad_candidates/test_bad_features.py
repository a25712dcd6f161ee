"""A candidate that lies about its features is refused with a sentence, and the queue goes on."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    NPZ_MEDIA_TYPE,
    Descriptor,
    Feature,
    compute_digest,
)
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import ARTEFACT, GOLDEN, HOLDOUT
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.store.store import ModelStore
from tests.support.models.lookup import candidate_on, lookup_model
from tests.support.models.toy import ToyModel
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.gatekeeping import gatekeeper_of, handed_in, refuse, with_file

HONEST = lookup_model(
    {"Bonn": "no", "Köln": "yes"},
    others=[
        Feature(name="age", type="number", nullable=True),
        Feature(name="member", type="boolean"),
    ],
)
TRUTH = [("Bonn", "no")] * 4 + [("Köln", "yes")] * 4

City = dict[str, Any]


def with_raw_features(edit: Callable[[list[City]], object]) -> ToyCandidate:
    """Return a good candidate with other features in artefact.json."""
    document = json.loads(HONEST.files[ARTEFACT])
    edit(document["features"])
    data = json.dumps(document).encode()
    candidate = with_file(candidate_on(HONEST, TRUTH), ARTEFACT, JSON_MEDIA_TYPE, data)
    return candidate.with_manifest(digest=compute_digest(data))


def set_city(**changes: object) -> Callable[[list[City]], object]:
    return lambda features: features[0].update(changes)


ARTEFACTS: dict[str, tuple[Callable[[list[City]], object], str]] = {
    "categories that are numbers": (set_city(categories=[1, 2]), "features.0.categories.0"),
    "categories that are one text": (set_city(categories="Bonn"), "features.0.categories"),
    "categories in an object": (set_city(categories={"Bonn": 0}), "features.0.categories"),
    "no categories": (set_city(categories=[]), "categories"),
    "null for categories": (set_city(categories=None), "categories"),
    "categories twice": (set_city(categories=["Bonn", "Bonn"]), "categories must be sorted"),
    "categories unsorted": (set_city(categories=["Köln", "Bonn"]), "categories must be sorted"),
    "a category without a text": (set_city(categories=["", "Bonn"]), "categories must be sorted"),
    "categories of a number": (set_city(type="number"), "categories"),
    "a type that is none": (set_city(type="date"), "features.0.type"),
    "nullable as a text": (set_city(nullable="yes"), "features.0.nullable"),
    "a name that is a number": (set_city(name=7), "features.0.name"),
    "a name twice": (set_city(name="age"), "have the same name"),
    "no features": (lambda features: features.clear(), "features"),
    "features that are none": (lambda features: features.append({}), "features.3"),
    "17 MiB of categories": (
        set_city(categories=[f"{place:06}{'x' * 16_000}" for place in range(1_100)]),
        "at most 16777216 are read",
    ),
    "100,000 categories, unsorted": (
        set_city(categories=[f"{place}" for place in range(100_000)]),
        "categories must be sorted",
    ),
}


@pytest.mark.parametrize("kind", ARTEFACTS)
def test_malformed_features_are_refused(store: ModelStore, kind: str) -> None:
    edit, message = ARTEFACTS[kind]
    failed = refuse(store, with_raw_features(edit).publish(store))
    assert list(failed) == ["schema-compatible"]
    assert message in failed["schema-compatible"]
    assert len(failed["schema-compatible"]) < 300


CITY, AGE, MEMBER = range(3)


def column(place: int, value: float) -> Holdout:
    """Return a good holdout with one value changed."""
    rows = np.zeros((8, 3))
    rows[4:, CITY] = 1.0
    rows[3, place] = value
    return Holdout(rows, np.array([0] * 4 + [1] * 4))


HOLDOUTS = {
    "a code above all": column(CITY, 2.0),
    "a code below all": column(CITY, -2.0),
    "half a code": column(CITY, 0.5),
    "an endless code": column(CITY, np.inf),
    "a huge code": column(CITY, 1e300),
    "unseen in the data that were seen": column(CITY, -1.0),
    "a category missing where none may": column(CITY, np.nan),
    "a boolean missing where none may": column(MEMBER, np.nan),
    "neither true nor false": column(MEMBER, 2.0),
    "an infinite number": column(AGE, -np.inf),
}


@pytest.mark.parametrize("kind", HOLDOUTS)
def test_impossible_holdout_values_are_refused(store: ModelStore, kind: str) -> None:
    data = encode_holdout(HOLDOUTS[kind])
    candidate = with_file(candidate_on(HONEST, TRUTH), HOLDOUT, NPZ_MEDIA_TYPE, data)
    failed = refuse(store, candidate.publish(store))
    assert list(failed) == ["schema-compatible"]
    assert failed["schema-compatible"].startswith(f"{HOLDOUT} contains values of ")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ((7.0, 1.0, 1.0), "city"),
        ((None, 1.0, 1.0), "city"),
        ((0.0, 1.0, None), "member"),
        ((0.0, 1.0, -1.0), "member"),
    ],
)
def test_impossible_golden_rows_are_refused(
    store: ModelStore, row: tuple[float | None, ...], name: str
) -> None:
    golden = GoldenRows.decode(HONEST.files[GOLDEN], GOLDEN)
    document = golden.model_copy(update={"rows": (row, *golden.rows[1:])}).encode()
    described = Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, document)
    artefact = HONEST.artefact.model_copy(update={"golden": described})
    files = {**HONEST.files, ARTEFACT: artefact.encode(), GOLDEN: document}
    failed = refuse(store, candidate_on(ToyModel(files, artefact), TRUTH).publish(store))
    assert list(failed) == ["schema-compatible"]
    assert f"{GOLDEN} contains values of '{name}'" in failed["schema-compatible"]


def test_a_regression_with_classes_is_refused(store: ModelStore) -> None:
    artefact = HONEST.artefact.model_copy(update={"task": "regression"})
    files = {**HONEST.files, ARTEFACT: artefact.encode()}
    failed = refuse(store, handed_in(ToyModel(files, artefact)).publish(store))
    assert list(failed) == ["schema-compatible"]
    assert "regression has classes" in failed["schema-compatible"]


def test_very_many_categories_do_not_make_a_large_decision(store: ModelStore) -> None:
    texts = [f"{place:06}" for place in range(100_000)]
    large = lookup_model(dict.fromkeys(texts, "yes"))
    first = lookup_model({"000001": "yes", "000002": "yes"}, unseen="yes")
    gatekeeper = gatekeeper_of(store)
    truth = [("000001", "yes"), ("000002", "yes")]
    for model in (first, large, first):
        candidate_on(model, truth).publish(store)
        gatekeeper.poll()
    decisions = list(store.decision_log().decisions())
    assert [decision.outcome for decision in decisions] == ["promoted"] * 3
    assert [decision.scores["champion"] for decision in decisions] == [1.0, 1.0, None]
    assert all(len(decision.encode()) < 10_000 for decision in decisions)
