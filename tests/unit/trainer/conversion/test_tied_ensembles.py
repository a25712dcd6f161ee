"""An estimator of trees is served as fitted, also where its trees or their votes are tied."""

from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

from tests.support.sweep import sweep
from tests.unit.trainer.conversion.served_model import assert_served_as_fitted, converted, served
from tests.unit.trainer.conversion.test_tied_forests import ASKED, NOISY, ROWS, classes
from trainer.conversion.to_onnx import Precision, suitable_precisions

FOREST = RandomForestClassifier(20, random_state=0)
SHALLOW = DecisionTreeClassifier(max_depth=3, random_state=0)
BOOSTER = GradientBoostingClassifier(n_estimators=30, learning_rate=1.0, random_state=0)
PIPELINE = make_pipeline(StandardScaler(), BOOSTER)
FOUR = [(str(seed), ExtraTreeClassifier(max_depth=3, random_state=seed)) for seed in range(4)]
FORESTS = [("random", FOREST), ("extra", ExtraTreesClassifier(20, random_state=0))]
MIXED = [("forest", FOREST), ("linear", LogisticRegression()), ("booster", BOOSTER)]

CLASSIFIERS: dict[str, Any] = {
    "one forest for each class": OneVsRestClassifier(FOREST),
    "one tree for each class": OneVsRestClassifier(DecisionTreeClassifier(random_state=0)),
    "one booster for each class": OneVsRestClassifier(BOOSTER),
    "one LightGBM for each class": OneVsRestClassifier(LGBMClassifier(n_estimators=9, verbose=-1)),
    "one pipeline for each class": OneVsRestClassifier(PIPELINE),
    "one forest for each pair": OneVsOneClassifier(FOREST),
    "bagged trees": BaggingClassifier(SHALLOW, 6, random_state=0),
    "bagged forests": BaggingClassifier(FOREST, 4, max_features=0.5, random_state=0),
    "bagged pipelines": BaggingClassifier(PIPELINE, 3, random_state=0),
    "bagged labels": BaggingClassifier(RidgeClassifier(), 6, random_state=0),
    "boosted trees": AdaBoostClassifier(SHALLOW, n_estimators=6, random_state=0),
    "hard votes": VotingClassifier(FOUR),
    "hard votes of forests": VotingClassifier(FORESTS),
    "weighted hard votes": VotingClassifier(FOUR, weights=[0.1, 0.2, 0.3, 0.2]),
    "soft votes": VotingClassifier(FOUR, voting="soft"),
    "soft votes of forests": VotingClassifier(FORESTS, voting="soft"),
    "weighted soft votes": VotingClassifier(FOUR, voting="soft", weights=[0.1, 0.2, 0.3, 0.2]),
    "hard votes of all kinds": VotingClassifier(MIXED),
    "votes of votes": VotingClassifier([("votes", VotingClassifier(FOUR)), *FORESTS]),
    "calibrated forest": CalibratedClassifierCV(FOREST, cv=2),
    "calibrated booster": CalibratedClassifierCV(BOOSTER, cv=2),
    "calibrated pipeline": CalibratedClassifierCV(PIPELINE, cv=2),
    "calibrated LightGBM": CalibratedClassifierCV(LGBMClassifier(n_estimators=9, verbose=-1), cv=2),
    "stacked": StackingClassifier(MIXED, final_estimator=SHALLOW, cv=2),
    "chosen forest": GridSearchCV(FOREST, {"max_depth": [2, None]}, cv=2),
}
DAILY = (
    *("one booster for each class", "one forest for each pair", "bagged labels"),
    *("boosted trees", "weighted hard votes", "calibrated booster", "weighted soft votes"),
)


@pytest.mark.parametrize("count", sweep({"2": 2, "4": 4}, "2"))
@pytest.mark.parametrize("estimator", sweep(CLASSIFIERS, *DAILY))
def test_labels_and_probabilities_are_those_of_scikit_learn(estimator: Any, count: int) -> None:
    assert_served_as_fitted(clone(estimator).fit(ROWS, classes(count)), ASKED)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.55])
def test_a_share_of_votes_that_is_equal_to_the_threshold_reaches_it(threshold: float) -> None:
    classifier = FixedThresholdClassifier(FOREST, threshold=threshold).fit(ROWS, classes(2))

    assert (np.abs(classifier.predict_proba(ASKED)[:, 1] - threshold) < 1e-9).any()
    assert_served_as_fitted(classifier, ASKED)


REGRESSORS = {
    "bagged": BaggingRegressor(DecisionTreeRegressor(max_depth=4), 6, random_state=0),
    "bagged by columns": BaggingRegressor(n_estimators=4, max_features=0.5, random_state=0),
    "boosted": AdaBoostRegressor(n_estimators=6, random_state=0),
    "mean": VotingRegressor([("a", DecisionTreeRegressor(max_depth=3)), ("b", LinearRegression())]),
    "weighted mean": VotingRegressor(
        [("a", DecisionTreeRegressor(max_depth=3)), ("b", LinearRegression())], weights=[1, 3]
    ),
    "stacked": StackingRegressor(
        [("a", RandomForestRegressor(5, random_state=0)), ("b", LinearRegression())],
        final_estimator=DecisionTreeRegressor(max_depth=5, random_state=0),
        cv=2,
    ),
}


@pytest.mark.parametrize("estimator", sweep(REGRESSORS, "bagged by columns", "boosted"))
def test_numbers_are_those_of_scikit_learn(estimator: Any) -> None:
    assert_served_as_fitted(clone(estimator).fit(ROWS, NOISY + 100.0), ASKED)


def test_bagged_classifiers_that_did_not_see_a_rare_class_give_it_no_share() -> None:
    target = np.where(np.arange(len(ROWS)) < 3, 2, classes(2))
    steps = make_pipeline(StandardScaler(), SHALLOW)  # it takes no weights, so rows are drawn
    bagging = BaggingClassifier(steps, 12, max_samples=0.1, random_state=0).fit(ROWS, target)

    assert {len(each.classes_) for each in bagging.estimators_} == {2, 3}
    assert_served_as_fitted(bagging, ASKED)


def test_trees_inside_another_estimator_are_never_computed_in_float32() -> None:
    for name in ("one forest for each class", "bagged trees", "hard votes", "boosted trees"):
        assert Precision.NARROW not in suitable_precisions(CLASSIFIERS[name])
    assert suitable_precisions(FOREST)[0] is Precision.NARROW
    assert suitable_precisions(HistGradientBoostingClassifier()) == [Precision.WIDE]


def test_rows_are_compared_as_float64_where_the_estimator_does() -> None:
    rows = 1.7e9 + np.arange(40.0)[:, None]
    booster = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=1)
    bagging = BaggingClassifier(booster, 3, bootstrap=False).fit(rows, np.arange(40) % 4 == 0)

    assert served(converted(bagging), rows).values.tolist() == bagging.predict(rows).tolist()
    assert len(set(bagging.predict(rows))) == 2
