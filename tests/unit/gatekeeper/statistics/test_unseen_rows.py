"""Rows that the holdout lacks limit how sure a difference can be."""

import math

import numpy as np
import pytest

from gatekeeper.statistics.unseen_rows import Contest, find_differing, possible_rows
from shared.inference.servable import Predictions
from shared.scoring.scorers import score
from shared.scoring.truth import Truth


def classes(rows: int, positives: int) -> "np.ndarray":
    return (np.arange(rows) < positives).astype(np.int64)


@pytest.mark.parametrize("rows", [10, 50, 100, 400, 10_000])
def test_three_of_any_number_of_rows_may_be_unlike_all_of_them(rows: int) -> None:
    """The rule of three: one row more would have been seen with the confidence."""
    count = possible_rows(rows, 0.95)
    assert count == 3
    assert (1 - count / rows) ** rows <= 0.05 < (1 - (count - 1) / rows) ** rows
    assert possible_rows(rows, 0.99) in {4, 5}


def contest(metric: str, truth: "np.ndarray", predictions: Predictions, classes: int) -> Contest:
    """Return a tie: the champion has the same score."""
    own = score(metric, truth, predictions, classes)
    return Contest(metric, truth, predictions, own, own, classes)


def test_the_accuracy_of_a_tie_may_be_lower_by_three_rows() -> None:
    truth = classes(100, 40)
    tie = contest("accuracy", truth, Predictions(truth, None), 2)
    assert tie.look_at_unseen(0.95) == pytest.approx(-0.03)
    assert tie.certainty(0.95, 0.0) == 0
    assert tie.certainty(0.95, -0.02) == pytest.approx(1 - 0.98**100)
    assert tie.certainty(0.95, -0.03) == pytest.approx(1 - 0.97**100)


def test_the_f1_of_few_positive_rows_may_be_much_lower() -> None:
    truth = classes(100, 4)
    tie = contest("f1", truth, Predictions(truth, None), 2)
    assert tie.look_at_unseen(0.95) == pytest.approx(2 * 1 / (4 + 1) - 1)


def test_a_score_that_cannot_be_lower_says_nothing() -> None:
    """Without a positive row, f1 is 0 for every model."""
    truth = classes(100, 0)
    tie = contest("f1", truth, Predictions(truth, None), 2)
    assert tie.look_at_unseen(0.95) == -1
    assert tie.certainty(0.95, 0.0) == 0


TIES = {
    "precision": 2,
    "f1_macro": 3,
    "balanced_accuracy": 3,
    "matthews_corrcoef": 2,
    "roc_auc": 2,
    "roc_auc_ovr": 3,
    "average_precision": 2,
    "neg_log_loss": 3,
    "neg_mean_absolute_error": 0,
    "neg_root_mean_squared_error": 0,
    "neg_mean_gamma_deviance": 0,
    "r2": 0,
}
"""Metrics with their number of classes."""


@pytest.mark.parametrize(("metric", "kinds"), TIES.items())
def test_more_unseen_rows_never_raise_a_score(metric: str, kinds: int) -> None:
    random = np.random.default_rng(3)
    if kinds:
        truth: Truth = np.arange(120) % kinds
        chances = random.dirichlet(np.ones(kinds), size=120)
        chances[np.arange(120), truth] += 1
        chances /= chances.sum(axis=1, keepdims=True)
        tie = contest(metric, truth, Predictions(chances.argmax(axis=1), chances), kinds)
    else:
        truth = random.gamma(3, size=120)
        tie = contest(metric, truth, Predictions(truth * random.uniform(0.8, 1.2, 120), None), 0)
    found = [tie.worsened_difference(count) for count in range(6)]
    assert found[0] == pytest.approx(0, abs=1e-12)
    assert all(math.isfinite(each) for each in found)
    assert found == sorted(found, reverse=True)
    assert found[3] < -1e-6


def test_only_predictions_that_the_metric_reads_differ() -> None:
    values, other = np.array([0, 1, 1]), np.array([0, 1, 0])
    chances = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    one, two = Predictions(values, chances), Predictions(other, chances)
    assert find_differing("f1", one, two).sum() == 1
    assert find_differing("roc_auc", one, two).sum() == 0
    assert find_differing("neg_log_loss", one, Predictions(values, chances[::-1])).sum() == 2
