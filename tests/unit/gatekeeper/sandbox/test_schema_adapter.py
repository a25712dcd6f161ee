"""A model is asked with rows of another, and its answers are read with the other's classes."""

import numpy as np
import pytest

from gatekeeper.sandbox.schema_adapter import SchemaAdapter, align_classes
from shared.contract.documents import Feature
from shared.errors import SchemaError, ServableError
from shared.inference.servable import AnyRows, Predictions

AGE = Feature(name="age", type="number")
CITY = Feature(name="city", type="category", categories=("Bonn", "Köln"), nullable=True)
GROWN = CITY.model_copy(update={"categories": ("Aachen", "Bonn", "Köln")})


class Echo:
    """Answers with its first column."""

    def predict(self, rows: AnyRows) -> Predictions:
        return Predictions(rows[:, 0].copy(), None)


def test_a_model_sees_its_own_features() -> None:
    carried = SchemaAdapter(Echo(), had=(AGE, GROWN), wanted=(CITY,))
    rows = np.array([[30.0, 0.0], [31.0, 1.0], [32.0, 2.0], [33.0, np.nan]])
    assert np.array_equal(carried.predict(rows).values, [-1, 0, 1, np.nan], equal_nan=True)
    assert carried.predict(rows.astype(np.float32)).values.tolist()[:3] == [-1, 0, 1]


def test_a_value_that_the_model_never_had_to_do_without_is_not_made_up() -> None:
    carried = SchemaAdapter(Echo(), had=(AGE.model_copy(update={"nullable": True}),), wanted=(AGE,))
    assert carried.predict(np.array([[1.0], [2.0]])).values.tolist() == [1.0, 2.0]
    with pytest.raises(ServableError, match="takes no row without 'age'"):
        carried.predict(np.array([[1.0], [np.nan]]))


def test_a_feature_that_the_rows_lack_is_named() -> None:
    with pytest.raises(SchemaError, match="age"):
        SchemaAdapter(Echo(), had=(CITY,), wanted=(AGE,)).predict(np.zeros((1, 1)))


def test_answers_are_found_by_the_names_of_classes() -> None:
    answers = Predictions(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    found = align_classes(answers, had=("no", "yes"), wanted=("maybe", "yes", "no"))
    assert found.values.tolist() == [2, 1]
    assert found.probabilities is not None
    assert found.probabilities.tolist() == [[0.0, 0.1, 0.9], [0.0, 0.8, 0.2]]
    bare = align_classes(Predictions(answers.values, None), had=("no", "yes"), wanted=("yes", "no"))
    assert (bare.values.tolist(), bare.probabilities) == ([1, 0], None)


def test_numbers_of_a_regression_stay_what_they_are() -> None:
    answers = Predictions(np.array([1.5, -2.0]), None)
    assert align_classes(answers, had=(), wanted=()) is answers
