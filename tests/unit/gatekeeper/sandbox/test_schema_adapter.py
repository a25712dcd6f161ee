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
    adapter = SchemaAdapter(Echo(), given=(AGE, GROWN), expected=(CITY,))
    rows = np.array([[30.0, 0.0], [31.0, 1.0], [32.0, 2.0], [33.0, np.nan]])
    assert np.array_equal(adapter.predict(rows).values, [-1, 0, 1, np.nan], equal_nan=True)
    assert adapter.predict(rows.astype(np.float32)).values.tolist()[:3] == [-1, 0, 1]


def test_names_and_strings_are_found_in_any_spelling_and_missing_ones_are_missing() -> None:
    given = CITY.model_copy(update={"name": "city", "categories": ("Bonn", "Ko\u0308ln", "NA")})
    expected = CITY.model_copy(update={"name": " city", "missing_values": ("NA",)})
    adapter = SchemaAdapter(Echo(), given=(given,), expected=(expected,))
    rows = np.array([[0.0], [1.0], [2.0], [np.nan]])
    found = adapter.predict(rows).values
    assert np.array_equal(found, [0, 1, np.nan, np.nan], equal_nan=True)


def test_a_missing_value_that_the_model_needs_is_an_error() -> None:
    nullable = AGE.model_copy(update={"nullable": True})
    adapter = SchemaAdapter(Echo(), given=(nullable,), expected=(AGE,))
    assert adapter.predict(np.array([[1.0], [2.0]])).values.tolist() == [1.0, 2.0]
    with pytest.raises(ServableError, match="needs a value for 'age'"):
        adapter.predict(np.array([[1.0], [np.nan]]))


def test_a_feature_that_the_rows_lack_is_named() -> None:
    with pytest.raises(SchemaError, match="age"):
        SchemaAdapter(Echo(), given=(CITY,), expected=(AGE,)).predict(np.zeros((1, 1)))


def test_predictions_are_aligned_by_the_names_of_classes() -> None:
    answers = Predictions(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    found = align_classes(answers, given=("no", "yes"), expected=("maybe", "yes", "no"))
    assert found.values.tolist() == [2, 1]
    assert found.probabilities is not None
    assert found.probabilities.tolist() == [[0.0, 0.1, 0.9], [0.0, 0.8, 0.2]]
    bare = align_classes(
        Predictions(answers.values, None), given=("no", "yes"), expected=("yes", "no")
    )
    assert (bare.values.tolist(), bare.probabilities) == ([1, 0], None)


def test_predictions_of_a_regression_are_not_changed() -> None:
    answers = Predictions(np.array([1.5, -2.0]), None)
    assert align_classes(answers, given=(), expected=()) is answers
