"""The served model tells apart what scikit-learn tells apart in float64."""

import io
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from shared.contract.documents import ONNX_MEDIA_TYPE, Feature
from tests.support.sweep import sweep
from tests.support.tables.tables import number_features
from trainer.console import Console
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.number_precision import require_precision
from trainer.dataset.split import split_dataset
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import FittedCandidate, TrialContext

Column = npt.NDArray[np.float64]
pytestmark = pytest.mark.usefixtures("_few_generated_rows")
RANDOM = np.random.default_rng(0)
STEPS = RANDOM.integers(0, 61, 600).astype(float)
NOISE = RANDOM.normal(size=600).astype(np.float32).astype(float)

COLUMNS: dict[str, Column] = {
    "seconds since 1970": 1.76e9 + STEPS,
    "seconds before 1970": -1.76e9 + STEPS,
    "nanoseconds since 1970": 1.76e18 + 1e9 * STEPS,
    "dates as numbers": 20240100 + STEPS,
    "identifiers of twelve digits": 4e11 + 7 * STEPS,
    "money in cents": 123_456_789.01 + STEPS / 100,
    "latitudes with seven digits": 52.5 + STEPS / 1e7,
    "values that vanish": 1e-46 * STEPS,
}
CLASSIFIERS = {
    "linear": make_pipeline(StandardScaler(), LogisticRegression()),
    "imputed": make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
    "boosted": HistGradientBoostingClassifier(max_iter=20),
    "naive Bayes": make_pipeline(StandardScaler(), GaussianNB()),
    "discriminant": make_pipeline(StandardScaler(), QuadraticDiscriminantAnalysis()),
}


def exported(
    data: Dataset, estimator: Any, metric: str
) -> tuple[FittedCandidate, ExportedCandidate]:
    """Fit and export as a run of the trainer does."""
    data = require_precision(data)
    splits = split_dataset(data, "")
    context = TrialContext(splits, data.schema, metric, 42)
    (trial,) = fit_candidates({"it": estimator}, context, Console(io.StringIO()))
    assert trial.fitted is not None, trial.result.error
    return trial.fitted, export_candidate(trial.fitted, data.schema, splits, allow_joblib=False)


def classes_by(column: Column, *, nullable: bool = False) -> Dataset:
    features = (Feature(name="at", type="number", nullable=nullable), *number_features(["noise"]))
    return Dataset(
        source="steps",
        schema=DataSchema("classification", features, ("early", "late")),
        rows=np.column_stack([column, NOISE]),
        target_name="late",
        target=(STEPS >= 30).astype(np.int64),
        keys=None,
    )


@pytest.mark.parametrize(
    "column", sweep(COLUMNS, "nanoseconds since 1970", "money in cents", "values that vanish")
)
@pytest.mark.parametrize("estimator", sweep(CLASSIFIERS, "linear", "boosted", "naive Bayes"))
def test_every_row_gets_the_answer_of_the_fitted_pipeline(column: Column, estimator: Any) -> None:
    if np.abs(column).max() < 1e-40 and isinstance(estimator, HistGradientBoostingClassifier):
        pytest.skip("scikit-learn's bins do not tell these values apart")
    data = classes_by(column)
    rows = data.rows.copy()
    fitted, result = exported(data, estimator, "accuracy")
    between = rows + np.array([np.diff(np.unique(column)).min() / 2, 0.5])
    pipeline = PipelineServable(fitted.pipeline, data.schema)

    assert result.artefact.number_type == "float64"
    assert result.artefact.model.media_type == ONNX_MEDIA_TYPE
    for asked in (rows, between):
        expected, served = pipeline.predict(asked), result.servable.predict(asked)
        assert np.array_equal(served.values, expected.values)
        assert served.probabilities is not None
        assert expected.probabilities is not None
        assert np.abs(served.probabilities - expected.probabilities).max() < 1e-6
    assert (result.servable.predict(rows).values == (STEPS >= 30)).mean() > 0.95


def test_a_column_with_missing_values_is_told_apart_too() -> None:
    column = np.where(NOISE > 1, np.nan, 1.76e9 + STEPS)
    data = classes_by(column, nullable=True)
    rows = data.rows.copy()
    imputed = make_pipeline(
        SimpleImputer(add_indicator=True), StandardScaler(), LogisticRegression()
    )
    fitted, result = exported(data, imputed, "accuracy")

    assert result.artefact.number_type == "float64"
    expected = PipelineServable(fitted.pipeline, data.schema).predict(rows)
    assert np.array_equal(result.servable.predict(rows).values, expected.values)


def test_a_forest_on_columns_that_float32_holds_is_served_in_float32() -> None:
    _, result = exported(classes_by(STEPS), RandomForestClassifier(5), "accuracy")

    assert result.artefact.number_type == "float32"
    assert b"number_type" not in result.artefact.encode()


REGRESSORS = {
    "linear": LinearRegression(),
    "ridge": make_pipeline(StandardScaler(), Ridge()),
    "support vectors": make_pipeline(StandardScaler(), SVR()),
    "forest": RandomForestRegressor(5),
    "boosted": GradientBoostingRegressor(n_estimators=10),
    "boosted by histograms": HistGradientBoostingRegressor(max_iter=10),
    "boosted by weights": AdaBoostRegressor(n_estimators=5),
    "stacked": StackingRegressor([("linear", Ridge()), ("trees", RandomForestRegressor(5))]),
    "network": make_pipeline(
        StandardScaler(),
        MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", max_iter=50, random_state=0),
    ),
}
TARGETS: dict[str, Column] = {
    "seconds since 1970": 1.76e9 + 10 * STEPS,
    "prices near a billion": 1e9 + 2.5 * STEPS,
    "seconds before 1970": -1.76e9 + 10 * STEPS,
}
OFFSETS = {"small column": 0.0, "large column": 1.76e9}


def numbers_by(column: Column, target: Column) -> Dataset:
    return Dataset(
        source="steps",
        schema=DataSchema("regression", number_features(["at", "noise"]), ()),
        rows=np.column_stack([column, NOISE]),
        target_name="arrives",
        target=target + NOISE,
        keys=None,
    )


@pytest.mark.parametrize("target", sweep(TARGETS, "seconds since 1970"))
@pytest.mark.parametrize("estimator", sweep(REGRESSORS, "linear", "forest", "boosted", "stacked"))
@pytest.mark.parametrize("offset", sweep(OFFSETS, "small column", "large column"))
def test_a_target_that_spreads_little_is_predicted_as_by_the_fitted_pipeline(
    target: Column, estimator: Any, offset: float
) -> None:
    data = numbers_by(STEPS + offset, target)
    rows, deviation = data.rows.copy(), float(target.std())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a network may not converge
        fitted, result = exported(data, estimator, "r2")
    expected = PipelineServable(fitted.pipeline, data.schema).predict(rows).values

    found = result.servable.predict(rows).values

    assert result.artefact.number_type == "float64"
    assert np.abs(found - expected).max() < 1e-5 * deviation
    assert (found != found.astype(np.float32)).any(), "not in the steps of float32"
