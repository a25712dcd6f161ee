"""TRAINER_REFIT: the chosen estimator is fitted again, on train and validation."""

from dataclasses import replace
from io import StringIO
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from shared.inference.servable import predict_in_batches
from tests.support.tables.tables import SCHEMA, blob_parts, in_parts, noisy_plane, two_blobs
from tests.unit.trainer.estimators import Answering
from trainer.console import Console
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Split, Splits
from trainer.export.choose import Choice, choose_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.refit import refit_candidate
from trainer.fitting.trial import FittedCandidate, TrialContext

PARTS = blob_parts(300)


def chosen(
    table: dict[str, Any],
    parts: Splits = PARTS,
    schema: DataSchema = SCHEMA,
    metric: str = "f1",
    *,
    threshold: float | None = None,
    search: int = 0,
) -> Choice:
    """Choose with a refit."""
    console = Console(StringIO())
    context = TrialContext(parts, schema, metric, 42, search, threshold)

    def refit(fitted: FittedCandidate) -> FittedCandidate:
        return refit_candidate(fitted, schema, parts, threshold)

    trials = fit_candidates(table, context, console)
    return choose_candidate(trials, schema, parts, console, allow_joblib=False, refit=refit)


def both(parts: Splits) -> tuple[Any, Any]:
    """Return the rows and targets of train and validation."""
    return (
        np.vstack([parts.train.rows, parts.validation.rows]),
        np.hstack([parts.train.target, parts.validation.target]),
    )


class Choosy(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no types
    """Its fit fails on more rows than train has."""

    def fit(self, X: Any, y: Any) -> Any:
        if len(X) > len(PARTS.train.rows):
            raise MemoryError("too many rows")
        return super().fit(X, y)


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(20, random_state=1),
        HistGradientBoostingClassifier(max_iter=20, early_stopping=True, random_state=1),
    ],
    ids=["linear", "forest", "a booster that stops early"],
)
def test_the_published_model_is_fitted_on_train_and_validation(estimator: Any) -> None:
    rows, target = both(PARTS)
    direct = clone(estimator).fit(rows, target)

    exported = chosen({"only": estimator}).exported

    expected = direct.predict_proba(PARTS.holdout.rows)
    assert exported.holdout.probabilities is not None
    np.testing.assert_allclose(exported.holdout.probabilities, expected, atol=1e-5)
    once = clone(estimator).fit(PARTS.train.rows, PARTS.train.target)
    assert not np.allclose(once.predict_proba(PARTS.holdout.rows), expected, atol=1e-4)
    served = predict_in_batches(exported.servable, PARTS.validation.rows)
    assert served.probabilities is not None, "the proof covers the rows of validation"
    np.testing.assert_allclose(
        served.probabilities, direct.predict_proba(PARTS.validation.rows), atol=1e-5
    )


def test_a_regression_is_fitted_again_too() -> None:
    data = noisy_plane()
    parts = in_parts(data)

    exported = chosen({"ridge": Ridge()}, parts, data.schema, "r2").exported

    expected = Ridge().fit(*both(parts)).predict(parts.holdout.rows)
    np.testing.assert_allclose(exported.holdout.values, expected, rtol=1e-5)


def test_the_scores_stay_those_of_the_choice() -> None:
    table = {"tree": DecisionTreeClassifier(random_state=0), "linear": LogisticRegression()}
    console = Console(StringIO())
    trials = fit_candidates(table, TrialContext(PARTS, SCHEMA, "f1", 42), console)

    refitted = chosen(table)

    before = {trial.result.name: trial.result.metrics for trial in trials}
    assert {result.name: result.metrics for result in refitted.results} == before
    memory = DecisionTreeClassifier(random_state=0).fit(*both(PARTS))
    assert memory.score(PARTS.validation.rows, PARTS.validation.target) == 1.0
    assert before["tree"]["accuracy"] < 1.0, "validation is not scored after the refit"


def test_no_row_of_the_holdout_is_fitted() -> None:
    holdout = PARTS.holdout
    turned = Split(-holdout.rows, 1 - holdout.target)
    table = {"forest": RandomForestClassifier(20, random_state=1)}

    with_it = chosen(table).exported.servable.predict(PARTS.train.rows)
    with_other = chosen(table, replace(PARTS, holdout=turned)).exported.servable.predict(
        PARTS.train.rows
    )

    np.testing.assert_array_equal(with_it.probabilities, with_other.probabilities)


def test_the_best_setting_of_a_search_is_fitted_again() -> None:
    table = {"tree": (DecisionTreeClassifier(max_depth=1, random_state=0), {"max_depth": [2]})}
    near = blob_parts(300, distance=1.5)
    choice = chosen(table, near, search=5)

    depth = choice.results[0].parameters["max_depth"]
    expected = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(*both(near))
    np.testing.assert_array_equal(
        choice.exported.holdout.values, expected.predict(near.holdout.rows)
    )


def test_a_threshold_stays_and_a_tuned_one_is_tuned_again() -> None:
    rows, target = both(PARTS)
    low = chosen({"linear": LogisticRegression()}, threshold=0.2).exported
    tuned = chosen({"tuned": TunedThresholdClassifierCV(LogisticRegression(), cv=3)}).exported

    expected = LogisticRegression().fit(rows, target).predict_proba(PARTS.holdout.rows)[:, 1]
    np.testing.assert_array_equal(low.holdout.values, expected >= 0.2)
    assert low.artefact.threshold is not None
    assert low.artefact.threshold.probability == 0.2
    again = TunedThresholdClassifierCV(LogisticRegression(), cv=3, random_state=42)
    assert tuned.artefact.threshold is not None
    assert tuned.artefact.threshold.probability == pytest.approx(
        again.fit(rows, target).best_threshold_
    )


def test_an_estimator_that_fails_on_more_rows_gives_way_to_the_next_with_the_reason() -> None:
    choice = chosen({"choosy": Choosy(), "stump": Answering(1), "tree": DecisionTreeClassifier()})

    assert choice.name == "tree"
    error = choice.results[0].error or ""
    assert "its fit on train and validation failed (MemoryError: too many rows" in error
    assert "TRAINER_REFIT=false" in error


def test_joined_rows_are_no_copy_of_the_table() -> None:
    joined = PARTS.join_fitted()
    assert np.shares_memory(joined.rows, PARTS.train.rows)
    assert np.shares_memory(joined.rows, PARTS.validation.rows)
    assert not np.shares_memory(joined.rows, PARTS.holdout.rows)
    for copied, kept in zip(both(PARTS), (joined.rows, joined.target), strict=True):
        np.testing.assert_array_equal(kept, copied)
    parts = in_parts(two_blobs())
    np.testing.assert_array_equal(parts.join_fitted().rows, both(parts)[0])
