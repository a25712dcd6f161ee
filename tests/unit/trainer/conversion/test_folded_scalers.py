"""Scalers become part of the linear model behind them, which answers as the pipeline does."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from tests.unit.trainer.conversion.served_model import (
    assert_served_as_fitted,
    converted,
    operators,
)
from trainer.conversion.to_onnx import Precision

RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(200, 3)) * [1.0, 4.0, 0.1] + [0.0, 90.0, 2.0]
TARGET = ROWS @ [1.0, -0.2, 5.0] + RANDOM.normal(size=200)
CLASSES = np.digitize(TARGET, [np.median(TARGET)])
FAR = np.concatenate((ROWS, 1e3 * ROWS, RANDOM.normal(size=(60, 3)) * 1e12))
SCALERS = {
    "standard": StandardScaler(),
    "standard without mean": StandardScaler(with_mean=False),
    "standard without deviation": StandardScaler(with_std=False),
    "robust": RobustScaler(),
    "least and most": MinMaxScaler(),
    "largest size": MaxAbsScaler(),
    "two in turn": make_pipeline(StandardScaler(), RobustScaler()),
}


@pytest.mark.parametrize("scaler", SCALERS.values(), ids=SCALERS)
def test_a_scaled_linear_model_has_no_nodes_for_the_scaler(scaler: Any) -> None:
    classifier = make_pipeline(scaler, LogisticRegression(max_iter=1000)).fit(ROWS, CLASSES)
    regressor = make_pipeline(scaler, Ridge()).fit(ROWS, TARGET)

    for fitted in (classifier, regressor):
        assert not {"Sub", "Div", "Mul", "Add"} & {*operators(converted(fitted, Precision.WIDE))}
        assert_served_as_fitted(fitted, FAR, Precision.WIDE)


def test_an_offset_that_takes_digits_is_subtracted_first() -> None:
    seconds = np.column_stack((1.76e9 + np.arange(200.0), ROWS[:, 0]))
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(seconds, CLASSES)

    assert {"Sub", "Div"} <= {*operators(converted(pipeline, Precision.WIDE))}
    assert_served_as_fitted(pipeline, seconds, Precision.WIDE)


def test_a_scaler_before_several_models_stays() -> None:
    models = VotingRegressor([("a", Ridge()), ("b", Ridge(alpha=9.0))])
    pipeline = make_pipeline(StandardScaler(), models).fit(ROWS, TARGET)

    assert {"Sub", "Div"} <= {*operators(converted(pipeline, Precision.WIDE))}
    assert_served_as_fitted(pipeline, FAR, Precision.WIDE)
