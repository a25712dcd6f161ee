"""The default candidates suit the columns and the task."""

import io
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from tests.support.tables.mixed_table import parts_of, schema_of
from tests.support.tables.tables import SCHEMA
from trainer.candidates.default_table import default_table
from trainer.console import Console
from trainer.dataset.split import Split, Splits
from trainer.export.export import export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext


def test_complete_numbers_need_no_preprocessing() -> None:
    table = default_table(SCHEMA)

    linear, forest = (estimator for estimator, _space in table.values())
    assert [str(step) for step in linear] == [
        "StandardScaler()",
        "LogisticRegression(max_iter=1000)",
    ]
    assert str(forest) == "RandomForestClassifier()"


@pytest.mark.parametrize(
    ("classes", "names"),
    [(0, ["ridge", "random_forest"]), (3, ["logistic_regression", "random_forest"])],
)
def test_mixed_columns_are_fitted_and_served(classes: int, names: list[str]) -> None:
    schema, parts = schema_of(classes), parts_of(classes)
    table = default_table(schema)
    assert list(table) == names
    fitting = TrialContext(parts, schema, "accuracy" if classes else "r2", 42)
    few = {name: smaller(estimator) for name, (estimator, _space) in table.items()}

    for attempt in fit_candidates(few, fitting, Console(io.StringIO())):
        assert attempt.fitted is not None, attempt.result.error
        assert (
            export_candidate(attempt.fitted, schema, parts, allow_joblib=False).parity is not None
        )


def smaller(estimator: Any) -> Any:
    """Return the same table with few trees."""
    copy = clone(estimator)
    trees = {name: 5 for name in copy.get_params() if name.endswith("__n_estimators")}
    return copy.set_params(**trees)


def test_a_column_that_is_empty_in_training_is_served() -> None:
    schema, parts = schema_of(2), parts_of(2)
    rows = parts.train.rows.copy()
    rows[:, 1] = np.nan
    emptied = Splits(Split(rows, parts.train.target), parts.validation, parts.holdout)
    estimator, _space = default_table(schema)["logistic_regression"]
    fitting = TrialContext(emptied, schema, "accuracy", 42)

    (attempt,) = fit_candidates({"it": estimator}, fitting, Console(io.StringIO()))

    assert attempt.fitted is not None, attempt.result.error
    assert export_candidate(attempt.fitted, schema, emptied, allow_joblib=False).parity is not None


@pytest.mark.parametrize("schema", [SCHEMA, schema_of(0), schema_of(3)])
def test_every_parameter_to_search_can_be_set(schema: Any) -> None:
    for estimator, space in default_table(schema).values():
        assert space
        for name, values in space.items():
            for value in values:
                clone(estimator).set_params(**{name: value})
