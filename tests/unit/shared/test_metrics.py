"""One definition of each metric; class index 1 is the positive one."""

import numpy as np
import pytest

from shared.errors import SettingsError
from shared.metrics import METRICS, confusion_matrix, evaluate, score
from shared.servable import Predictions

TRUTH = np.array([0, 0, 1, 1, 1])
ANSWER = Predictions(
    np.array([0, 1, 1, 1, 0]),
    np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]], dtype=np.float32),
)


def test_every_metric_of_two_classes() -> None:
    found = {name: round(value, 4) for name, value in evaluate(TRUTH, ANSWER, 2).items()}
    assert found == {
        "f1": 0.6667,
        "precision": 0.6667,
        "recall": 0.6667,
        "roc_auc": 0.8333,
        "accuracy": 0.6,
        "log_loss": 0.5036,
    }
    assert confusion_matrix(TRUTH, ANSWER, 2) == ((1, 1), (1, 2))


@pytest.mark.parametrize("metric", METRICS)
def test_higher_is_better(metric: str) -> None:
    perfect = Predictions(TRUTH, np.eye(2)[TRUTH] * 0.98 + 0.01)
    assert score(metric, TRUTH, perfect, 2) > score(metric, TRUTH, ANSWER, 2)


def test_probabilities_that_are_only_nearly_between_0_and_1_have_a_log_loss() -> None:
    beyond = np.array([[1.0000001, -1e-7], [-1e-7, 1.0000001]], dtype=np.float32)
    answer = Predictions(np.array([0, 1]), beyond)
    assert evaluate(np.array([0, 1]), answer, 2)["log_loss"] == pytest.approx(0.0, abs=1e-6)


def test_three_classes_have_what_applies() -> None:
    answer = Predictions(np.array([0, 1, 2]), None)
    assert evaluate(np.array([0, 1, 1]), answer, 3) == {"accuracy": pytest.approx(2 / 3)}
    assert confusion_matrix(np.array([0, 1, 1]), answer, 3) == ((1, 0, 0), (0, 1, 1), (0, 0, 0))


@pytest.mark.parametrize(
    ("metric", "classes", "probabilities", "message"),
    [
        ("f2", 2, ANSWER.probabilities, "METRIC=f2 is unknown; choose one of f1, "),
        ("f1", 3, ANSWER.probabilities, "METRIC=f1 is for two classes; the data has 3"),
        ("roc_auc", 2, None, "METRIC=roc_auc needs probabilities"),
        ("neg_log_loss", 2, None, "METRIC=neg_log_loss needs probabilities"),
    ],
)
def test_a_metric_that_does_not_fit_is_a_clear_error(
    metric: str, classes: int, probabilities: np.ndarray | None, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        score(metric, TRUTH, Predictions(ANSWER.values, probabilities), classes)
