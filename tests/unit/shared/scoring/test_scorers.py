"""One definition of each metric: scikit-learn's scorer's, for predictions that somebody made."""

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.metrics import get_scorer, get_scorer_names

from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import (
    ANY_CLASSES,
    MANY_CLASSES,
    METRICS,
    NEG_COST,
    REGRESSION,
    TWO_CLASSES,
    check_metric_fits,
    has_positive_class,
    is_for_classes,
    is_for_regression,
)
from shared.scoring.scorers import confusion_matrix, report_scores, score
from shared.scoring.truth import Truth

TRUTH = np.array([0, 0, 1, 1, 1])
ANSWER = Predictions(
    np.array([0, 1, 1, 1, 0]),
    np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]], dtype=np.float32),
)
NUMBERS = np.array([1.0, 2.0, 4.0, 8.0])
GUESSES = Predictions(np.array([1.5, 2.0, 4.0, 7.0]), None)


class ProbabilitiesOnly(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # it has no types
    """A fitted classifier as it is served: without a decision function."""

    def __init__(self, fitted: Any = None) -> None:
        self.fitted = fitted

    def fit(self, X: Any, y: Any) -> "ProbabilitiesOnly":
        self.fitted_ = self.fitted.fit(X, y)
        self.classes_ = self.fitted_.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.fitted_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        return self.fitted_.predict_proba(X)


def noisy(classes: int) -> tuple[np.ndarray, Truth]:
    """Rows that a linear model gets partly right."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(300, 3))
    if not classes:
        return rows, np.exp(rows[:, 0] + random.normal(size=300) / 2)
    target = np.digitize(rows[:, 0] + random.normal(size=300), np.linspace(-1, 1, classes - 1))
    return rows, target.astype(np.int64)


CASES = [
    *((name, 0) for name in REGRESSION),
    *((name, 2) for name in (*TWO_CLASSES, *ANY_CLASSES)),
    *((name, 4) for name in (*MANY_CLASSES, *ANY_CLASSES)),
]


@pytest.mark.parametrize(("metric", "classes"), CASES)
def test_a_score_is_what_scikit_learns_scorer_gives(metric: str, classes: int) -> None:
    rows, target = noisy(classes)
    model = ProbabilitiesOnly(LogisticRegression()) if classes else PoissonRegressor()
    model.fit(rows[:200], target[:200])
    probabilities = model.predict_proba(rows[200:]) if classes else None
    answer = Predictions(model.predict(rows[200:]), probabilities)

    found = score(metric, target[200:], answer, classes)

    assert found == pytest.approx(get_scorer(metric)(model, rows[200:], target[200:]), rel=1e-12)


def test_every_scorer_of_scikit_learn_is_a_metric_or_cannot_be_one() -> None:
    for_clusters = {name for name in get_scorer_names() if "rand_score" in name or "info" in name}
    for_clusters |= {"completeness_score", "fowlkes_mallows_score", "homogeneity_score"}
    for_clusters |= {"v_measure_score"}
    of_several_labels_a_row = {name for name in get_scorer_names() if name.endswith("_samples")}
    infinite_for_a_perfect_model = {"positive_likelihood_ratio", "neg_negative_likelihood_ratio"}

    left_out = for_clusters | of_several_labels_a_row | infinite_for_a_perfect_model

    assert sorted(set(METRICS) - {NEG_COST}) == sorted(set(get_scorer_names()) - left_out)


@pytest.mark.parametrize("metric", [*TWO_CLASSES, *ANY_CLASSES])
def test_higher_is_better(metric: str) -> None:
    perfect = Predictions(TRUTH, np.eye(2)[TRUTH] * 0.98 + 0.01)
    assert score(metric, TRUTH, perfect, 2) > score(metric, TRUTH, ANSWER, 2)


@pytest.mark.parametrize("metric", REGRESSION)
def test_higher_is_better_for_regression_metrics(metric: str) -> None:
    perfect = Predictions(NUMBERS, None)
    assert score(metric, NUMBERS, perfect, 0) > score(metric, NUMBERS, GUESSES, 0)


def test_reported_metrics_of_two_classes() -> None:
    found = {name: round(value, 4) for name, value in report_scores(TRUTH, ANSWER, 2).items()}
    assert found == {
        "f1": 0.6667,
        "precision": 0.6667,
        "recall": 0.6667,
        "roc_auc": 0.8333,
        "accuracy": 0.6,
        "neg_log_loss": -0.5036,
    }
    assert confusion_matrix(TRUTH, ANSWER, 2) == ((1, 1), (1, 2))


def test_reported_metrics_of_three_classes_without_probabilities() -> None:
    answer = Predictions(np.array([0, 1, 2, 2]), None)
    truth = np.array([0, 1, 1, 2])
    assert report_scores(truth, answer, 3) == {
        "f1_macro": pytest.approx(7 / 9),
        "balanced_accuracy": pytest.approx(5 / 6),
        "accuracy": 0.75,
    }
    assert confusion_matrix(truth, answer, 3) == ((1, 0, 0), (0, 1, 1), (0, 0, 1))


def test_probabilities_that_are_none_leave_the_other_metrics() -> None:
    answer = Predictions(np.array([0, 1, 2]), np.full((3, 3), 0.5))
    assert "roc_auc_ovr" not in report_scores(np.array([0, 1, 2]), answer, 3), (
        "they do not sum to 1"
    )
    assert report_scores(np.array([0, 1, 2]), answer, 3)["accuracy"] == 1.0


def test_reported_metrics_of_a_regression() -> None:
    assert report_scores(NUMBERS, GUESSES, 0) == {
        "r2": pytest.approx(1 - 1.25 / 28.75),
        "neg_root_mean_squared_error": pytest.approx(-np.sqrt(1.25 / 4)),
        "neg_mean_absolute_error": -0.375,
    }


@pytest.mark.parametrize("metric", ["neg_log_loss", "neg_brier_score"])
def test_probabilities_that_are_only_nearly_between_0_and_1_have_a_score(metric: str) -> None:
    beyond = np.array([[1.0000001, -1e-7], [-1e-7, 1.0000001]], dtype=np.float32)
    answer = Predictions(np.array([0, 1]), beyond)
    assert score(metric, np.array([0, 1]), answer, 2) == pytest.approx(0.0, abs=1e-6)


WRONG = {
    "a typing error": ("acuracy", 2, "METRIC=acuracy is unknown; did you mean accuracy"),
    "an error without its sign": ("log_loss", 2, "did you mean neg_log_loss"),
    "an error by its usual name": ("RMSE", 0, r"did you mean neg_root_mean_squared_error\?"),
    "no metric at all": ("", 2, "is unknown; choose one such as f1, accuracy"),
    "f1 of three": ("f1", 3, "for two classes; the data has 3. Choose f1_macro, f1_weighted"),
    "AUC of three": ("roc_auc", 3, "for two classes; the data has 3. Choose roc_auc_ovr"),
    "top k of two": ("top_k_accuracy", 2, "three classes or more; the data has 2. Choose acc"),
    "f1 of numbers": ("f1", 0, "for classes; the target has numbers. Choose r2, "),
    "r2 of two": ("r2", 2, "for numbers; the target has 2 classes. Choose f1, accuracy"),
    "r2 of five": ("r2", 5, "for numbers; the target has 5 classes. Choose f1_macro"),
}


@pytest.mark.parametrize(("metric", "classes", "message"), WRONG.values(), ids=WRONG)
def test_a_metric_that_does_not_fit_proposes_one_that_does(
    metric: str, classes: int, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        check_metric_fits(metric, classes)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "neg_log_loss"])
def test_a_metric_of_probabilities_needs_them(metric: str) -> None:
    with pytest.raises(SettingsError, match=f"METRIC={metric} needs probabilities"):
        score(metric, TRUTH, Predictions(ANSWER.values, None), 2)


def test_a_score_that_is_not_defined_here_is_one_sentence() -> None:
    below = Predictions(NUMBERS - 3, None)
    with pytest.raises(SettingsError, match="neg_mean_squared_log_error cannot be computed here"):
        score("neg_mean_squared_log_error", NUMBERS, below, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(SettingsError, match="METRIC=r2 is nan on these 1 rows"):
            score("r2", NUMBERS[:1], Predictions(NUMBERS[:1], None), 0)


def test_every_metric_is_for_one_task() -> None:
    assert all(is_for_classes(metric) != is_for_regression(metric) for metric in METRICS)
    assert not is_for_classes("f2")
    assert not is_for_regression("f2")


def test_only_some_depend_on_which_of_two_classes_is_positive() -> None:
    flipped = Predictions(1 - ANSWER.values, np.asarray(ANSWER.probabilities)[:, ::-1])
    for metric in (*TWO_CLASSES, *ANY_CLASSES):
        same = score(metric, 1 - TRUTH, flipped, 2) == pytest.approx(
            score(metric, TRUTH, ANSWER, 2)
        )
        assert same != has_positive_class(metric), metric
