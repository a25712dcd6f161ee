"""A served booster gives the label of its library, also for margins that are zero."""

from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import clone
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from tests.support.sweep import sweep
from tests.unit.trainer.conversion.served_model import assert_served_as_fitted, converted, served
from tests.unit.trainer.conversion.test_tied_forests import ASKED, NOISY, RANDOM, ROWS, classes
from trainer.conversion.nodes.estimator_outputs import largest_negative_margin
from trainer.conversion.to_onnx import Precision

CLASSIFIERS = {
    "gradient boosting": GradientBoostingClassifier(n_estimators=10, random_state=0),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=10, random_state=0),
    "XGBoost": XGBClassifier(n_estimators=10),
    "LightGBM": LGBMClassifier(n_estimators=10, n_jobs=1, verbose=-1),
}
REGRESSORS = {
    "gradient boosting": GradientBoostingRegressor(n_estimators=10, random_state=0),
    "histogram boosting": HistGradientBoostingRegressor(max_iter=10, random_state=0),
    "of counts": HistGradientBoostingRegressor(max_iter=10, loss="poisson", random_state=0),
    "XGBoost": XGBRegressor(n_estimators=10),
    "XGBoost of counts": XGBRegressor(n_estimators=10, objective="count:poisson"),
    "LightGBM": LGBMRegressor(n_estimators=10, n_jobs=1, verbose=-1),
    "LightGBM of counts": LGBMRegressor(n_estimators=10, objective="poisson", n_jobs=1, verbose=-1),
}


@pytest.mark.parametrize("count", sweep({"2": 2, "3": 3, "5": 5}, "3"))
@pytest.mark.parametrize("booster", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_booster_is_served_as_fitted(booster: Any, count: int) -> None:
    booster = clone(booster).fit(ROWS, classes(count))

    assert_served_as_fitted(booster, ASKED)
    assert_served_as_fitted(
        make_pipeline(StandardScaler(), booster).fit(ROWS, classes(count)), ROWS
    )


@pytest.mark.parametrize(
    "booster", sweep(REGRESSORS, "histogram boosting", "XGBoost of counts", "LightGBM")
)
def test_a_booster_of_numbers_is_served_as_fitted(booster: Any) -> None:
    assert_served_as_fitted(clone(booster).fit(ROWS, NOISY + 100.0), ASKED)


@pytest.mark.parametrize(
    ("booster", "label"),
    [
        (GradientBoostingClassifier(n_estimators=2), 1),
        (HistGradientBoostingClassifier(max_iter=2), 0),
        (XGBClassifier(n_estimators=2, base_score=0.5), 0),
        (LGBMClassifier(n_estimators=2, min_child_samples=1, verbose=-1), 0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_margin_of_zero_has_the_class_that_the_library_gives_it(booster: Any, label: int) -> None:
    rows = np.repeat([[0.0], [1.0]], 40, axis=0)
    booster = booster.fit(rows, np.arange(len(rows)) % 2)

    assert set(booster.predict(rows)) == {label}
    assert set(served(converted(booster), rows).values) == {label}


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("name", ["histogram boosting", "XGBoost", "LightGBM"])
def test_missing_values_go_where_they_go_in_the_library(name: str, count: int) -> None:
    rows, asked = (np.where(RANDOM.random(x.shape) < 0.2, np.nan, x) for x in (ROWS, ASKED))

    assert_served_as_fitted(clone(CLASSIFIERS[name]).fit(rows, classes(count)), asked)


def test_the_largest_negative_margin_is_the_last_number_before_the_first_positive_one() -> None:
    limit = np.float32(1e-7)

    found = largest_negative_margin(lambda margin: margin > limit, np.float32)

    assert found == limit
    assert found.dtype == np.float32


def test_numbers_that_lightgbm_reads_as_zero_are_zero_when_served() -> None:
    rows = RANDOM.normal(size=(300, 1))
    rows[:100] = 0.0
    booster = LGBMClassifier(n_estimators=2, min_child_samples=1, verbose=-1)
    booster.fit(rows, (rows[:, 0] >= 0).astype(np.int64))
    zero = float(np.float32(1e-35))
    asked = np.array([-1e-30, np.nextafter(-zero, -1.0), -zero, -1e-36, 0.0, 1e-36, zero, 1e-30])

    assert -zero in booster.booster_.trees_to_dataframe()["threshold"].tolist()
    assert_served_as_fitted(booster, asked[:, None], Precision.WIDE)
