"""Classifiers that combine others, and their scores, become ONNX models with the same answers."""

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import RFE
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC

from tests.support.sweep import sweep
from tests.unit.trainer.conversion.served_model import (
    assert_served_as_fitted,
    converted,
    served,
)
from trainer.conversion.to_onnx import Precision

RANDOM = np.random.default_rng(3)
ROWS = RANDOM.normal(size=(240, 3))
SCORES = ROWS @ [1.0, -0.5, 0.2] + RANDOM.normal(scale=0.3, size=240)
FAR = np.concatenate((ROWS, 50 * ROWS, RANDOM.normal(size=(60, 3)) * 1e9))
LINEAR, FOREST, BAYES = (
    LogisticRegression(),
    RandomForestClassifier(4, random_state=0),
    GaussianNB(),
)
PAIR = [("linear", LINEAR), ("forest", FOREST)]
CLASSIFIERS = {
    "a vote of two": VotingClassifier(PAIR),
    "a vote of four": VotingClassifier(
        [*PAIR, ("bayes", BAYES), ("svm", LinearSVC(random_state=0))]
    ),
    "a vote with weights": VotingClassifier(PAIR, weights=[0.3, 0.7]),
    "a mean with weights": VotingClassifier(PAIR, voting="soft", weights=[1, 2]),
    "one against the rest": OneVsRestClassifier(LINEAR),
    "forests against the rest": OneVsRestClassifier(FOREST),
    "scores against the rest": OneVsRestClassifier(LinearSVC(random_state=0)),
    "a stack of probabilities": StackingClassifier(PAIR, cv=2),
    "a stack of scores": StackingClassifier(
        [("ridge", RidgeClassifier()), ("svm", SVC())], cv=2, passthrough=True
    ),
    "a stack of labels": StackingClassifier(
        [("ridge", RidgeClassifier()), ("svm", SVC())], cv=2, stack_method="predict"
    ),
    "boosted linear models": AdaBoostClassifier(LINEAR, n_estimators=3),
    "calibrated scores": CalibratedClassifierCV(SVC(), ensemble=False),
    "calibrated by a curve": CalibratedClassifierCV(LINEAR, method="isotonic"),
    "hinge": SGDClassifier(random_state=0),
    "logistic": SGDClassifier(loss="log_loss", random_state=0),
    "huber": SGDClassifier(loss="modified_huber", random_state=0),
    "ridge": RidgeClassifier(),
    "polynomial kernel": SVC(kernel="poly"),
    "sigmoid kernel": NuSVC(nu=0.2, kernel="sigmoid"),
    "ties of votes are broken": SVC(break_ties=True),
    "one column of three": make_pipeline(RFE(LINEAR, n_features_to_select=1), LINEAR),
    "shares of the largest size": make_pipeline(Normalizer("max"), LINEAR),
}


@pytest.mark.parametrize("classes", sweep({"2": 2, "3": 3}, "3"))
@pytest.mark.parametrize("classifier", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_rows_far_from_the_data_get_the_answer_of_the_classifier(
    classifier: Any, classes: int
) -> None:
    edges = np.quantile(SCORES, np.linspace(0, 1, classes + 1)[1:-1])
    classifier.fit(ROWS, np.digitize(SCORES, edges))

    assert_served_as_fitted(classifier, FAR, Precision.WIDE)


@pytest.mark.parametrize("kernel", ["linear", "poly", "rbf", "sigmoid"])
def test_support_vectors_predict_numbers_as_fitted(kernel: str) -> None:
    assert_served_as_fitted(SVR(kernel=kernel).fit(ROWS, SCORES), FAR, Precision.WIDE)


REFUSED = {
    "a temperature": (
        CalibratedClassifierCV(LINEAR, method="temperature"),
        "method='temperature' has no converter; use 'sigmoid'",
    ),
    "decisions of a classifier with probabilities": (
        StackingClassifier(PAIR[:1], cv=2, stack_method="decision_function"),
        "stack_method='decision_function' has no converter; use 'auto'",
    ),
}


@pytest.mark.parametrize(("classifier", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_exact_form_is_refused_by_name(classifier: Any, reason: str) -> None:
    classifier.fit(ROWS, (SCORES > 0).astype(np.int64))

    with pytest.raises(Exception, match=reason):
        converted(classifier)


@pytest.mark.parametrize("number", [np.float32, np.float64])
def test_the_logistic_of_an_unlikely_class_has_its_relative_precision(number: Any) -> None:
    """A sum of small probabilities to 1 makes a relative error of each visible."""
    classifier = SGDClassifier(loss="log_loss", random_state=0)
    classifier.fit(ROWS, np.digitize(SCORES, [-0.7, 0.7]))
    # Every class is unlikely: the scores are between -12 and -9.
    classifier.coef_ = np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.5]])
    classifier.intercept_ = np.full(3, -10.5)
    rows = ROWS.astype(np.float32).astype(np.float64)
    precision = Precision.NARROW if number is np.float32 else Precision.WIDE
    answers = served(converted(classifier, precision), rows)
    assert answers.probabilities is not None
    assert np.abs(answers.probabilities - classifier.predict_proba(rows)).max() < 2e-6
