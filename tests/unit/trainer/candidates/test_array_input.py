"""XGBoost and LightGBM are fitted, served and pickled with any names that a table may have."""

import io
import warnings
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.ensemble import (
    BaggingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectFromModel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

from shared.contract.documents import Feature
from shared.contract.layout import JOBLIB_MODEL
from shared.inference.dataframe import to_frame
from shared.inference.joblib_servable import JoblibServable
from shared.inference.servable import Predictions
from tests.support.sweep import sweep
from trainer.candidates.array_input import STEP, feed_arrays, remove_array_steps
from trainer.candidates.candidate_table import Candidate
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.split import split_dataset
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.trial import FittedCandidate, TrialContext, run_trial

pytestmark = pytest.mark.usefixtures("_few_generated_rows")
NAMES = (
    *("speed [km/h]", "age<30", "a,b", '"quoted"', "{x}", "x:y", "größe", "日本"),
    *("a[1]", "a(1)", "a b", "a_b", "x>3", "a\\b", "plain"),
)
ALL = list(range(len(NAMES)))


def table(*, city: bool = False) -> Dataset:
    """Make two classes from numbers with missing values, and optionally a category."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(300, len(NAMES)))
    target = (rows @ np.linspace(2, 0.1, len(NAMES)) > 0).astype(np.int64)
    rows[random.random(rows.shape) < 0.05] = np.nan
    features = [Feature(name=name, type="number", nullable=True) for name in NAMES]
    if city:
        rows = np.column_stack((rows, random.integers(0, 3, 300).astype(float)))
        features.append(Feature(name="city [code]", type="category", categories=("a", "b", "c")))
    schema = DataSchema("classification", tuple(features), ("no", "yes"))
    return Dataset("a table", schema, rows, "y", target, None)


def published(estimator: Any, data: Dataset) -> tuple[FittedCandidate, ExportedCandidate]:
    """Fit and export as a run of the trainer does."""
    parts = split_dataset(data, "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = TrialContext(parts, data.schema, "accuracy", 42)
        trial = run_trial(Candidate("it", estimator), {}, context)
    assert trial.fitted is not None, trial.result.error
    assert not any(STEP in name for name in trial.result.parameters if "booster" not in name)
    return trial.fitted, export_candidate(trial.fitted, data.schema, parts, allow_joblib=False)


def xgb(**parameters: Any) -> Any:
    return XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1, **parameters)


def lgbm(**parameters: Any) -> Any:
    return LGBMClassifier(n_estimators=4, verbose=-1, n_jobs=1, **parameters)


def imputed() -> Any:
    return make_pipeline(SimpleImputer(), LogisticRegression(max_iter=500))


ESTIMATORS = {
    "XGBoost": xgb(),
    "LightGBM": lgbm(),
    "behind an imputer": make_pipeline(SimpleImputer(), lgbm()),
    "behind a step that returns a table": make_pipeline(
        SimpleImputer().set_output(transform="pandas"), xgb()
    ),
    "in a pipeline of tables": make_pipeline(StandardScaler(), StandardScaler(), lgbm()).set_output(
        transform="pandas"
    ),
    "columns by name": make_pipeline(
        make_column_transformer(
            (SimpleImputer(), ["speed [km/h]", "a,b"]), (StandardScaler(), ["{x}", "a[1]", "a(1)"])
        ),
        xgb(),
    ),
    "columns by name, as a table": make_pipeline(
        ColumnTransformer(
            [("few", "passthrough", ["speed [km/h]", "a,b", '"quoted"'])],
            verbose_feature_names_out=False,
        ).set_output(transform="pandas"),
        lgbm(),
    ),
    "voting": VotingClassifier([("x", xgb()), ("l", lgbm())], voting="soft"),
    "stacking": StackingClassifier([("l", lgbm()), ("x", xgb())], cv=2),
    "calibrated": CalibratedClassifierCV(xgb(), cv=2),
    "one for each class": OneVsRestClassifier(lgbm()),
    "search": GridSearchCV(xgb(), {"max_depth": [1, 3]}, cv=2),
    "with a threshold": FixedThresholdClassifier(xgb(), threshold=0.3),
    "chosen features": make_pipeline(
        SimpleImputer(), SelectFromModel(lgbm()), LogisticRegression(max_iter=500)
    ),
}
DAILY = ("XGBoost", "LightGBM", "columns by name", "voting", "with a threshold")


@pytest.mark.parametrize("estimator", sweep(ESTIMATORS, *DAILY))
def test_a_booster_is_served_whatever_its_columns_are_called(estimator: Any) -> None:
    data = table()
    fitted, exported = published(estimator, data)

    assert exported.parity is not None
    frame = to_frame(data.rows, data.schema.features)
    assert list(frame.columns) == list(NAMES)
    pickled = joblib.load(io.BytesIO(exported.files[JOBLIB_MODEL]))
    expected = fitted.pipeline.predict(frame)
    assert (pickled.predict(frame) == expected).all(), "by a person with the user's names"
    np.testing.assert_array_equal(exported.servable.predict(data.rows).values, expected)
    assert expected.mean() not in {0.0, 1.0}


def test_a_pickle_serves_them_too() -> None:
    data = table()
    fitted, exported = published(BaggingClassifier(xgb(), n_estimators=2), data)
    servable = JoblibServable(exported.files[JOBLIB_MODEL], exported.artefact)
    found: Predictions = servable.predict(data.rows)
    frame = to_frame(data.rows, data.schema.features)
    np.testing.assert_array_equal(found.values, fitted.pipeline.predict(frame))


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_a_table_with_strings_goes_to_the_encoder_as_it_is(output: str) -> None:
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer(
        (encoder, ["city [code]"]), ("passthrough", ["age<30", "speed [km/h]", "a,b"])
    ).set_output(transform=output)
    for booster in (xgb(), lgbm()):
        _, exported = published(make_pipeline(columns, booster), table(city=True))
        assert exported.parity is not None


def test_a_booster_beside_an_estimator_that_takes_columns_by_name() -> None:
    by_name = make_pipeline(
        make_column_transformer((SimpleImputer(), ["a,b", "plain"])), LogisticRegression()
    )
    mixed = VotingClassifier([("by_name", by_name), ("booster", lgbm())], voting="soft")
    data = table()
    parts = split_dataset(data, "")
    trial = run_trial(Candidate("it", mixed), {}, TrialContext(parts, data.schema, "accuracy", 42))
    assert trial.fitted is not None, trial.result.error
    inner = trial.fitted.pipeline.named_estimators_
    assert [name for name, _ in inner["booster"].steps] == [STEP, "model"]
    assert list(inner["by_name"][0].feature_names_in_) == list(NAMES)


class ByName(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # sklearn ships no types
    """A user's own class, which reads columns by their names and holds a booster."""

    def __init__(self, booster: Any = None) -> None:
        self.booster = booster

    def fit(self, X: pd.DataFrame, y: Any) -> "ByName":
        self.classes_ = np.unique(y)
        self.columns_ = ["age<30", "plain"]
        self.fitted_ = clone(self.booster).fit(X[self.columns_].to_numpy(), y)
        return self

    def predict(self, X: pd.DataFrame) -> Any:
        return self.fitted_.predict(X[self.columns_].to_numpy())


def test_a_users_own_class_gets_the_table() -> None:
    data = table()
    parts = split_dataset(data, "")
    context = TrialContext(parts, data.schema, "accuracy", 42)
    trial = run_trial(Candidate("it", ByName(xgb())), {}, context)
    assert trial.fitted is not None, trial.result.error
    assert isinstance(trial.fitted.pipeline, ByName)


@pytest.mark.parametrize(
    ("estimator", "names"),
    [
        (xgb(), ("a", "b c", "größe")),
        (xgb(), ("a,b", "{x}")),
        (lgbm(), ("a<3", "a b")),
        (RandomForestClassifier(), NAMES),
        (make_pipeline(StandardScaler(), xgb()), NAMES),
    ],
)
def test_an_estimator_that_accepts_the_names_stays_as_it_is(
    estimator: Any, names: tuple[str, ...]
) -> None:
    before = repr(estimator)
    assert feed_arrays(estimator, names, has_strings=False) is estimator
    assert repr(estimator) == before


def test_names_that_become_equal_are_no_names_for_lightgbm() -> None:
    fed = feed_arrays(lgbm(), ["a b", "a_b"], has_strings=False)
    assert isinstance(fed, Pipeline)
    assert type(remove_array_steps(fed)).__name__ == "LGBMClassifier"
    mine = type("Mine", (LGBMClassifier,), {"__module__": "mine"})
    assert isinstance(feed_arrays(mine(), NAMES, has_strings=False), Pipeline)
    inner = Pipeline([("first", StandardScaler()), (STEP, StandardScaler()), ("last", xgb())])
    assert [name for name, _ in remove_array_steps(inner).steps] == ["first", "last"]
