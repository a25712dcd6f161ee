"""Recalls and constant predictions of one model."""

import numpy as np
import pytest
from scipy.stats import binomtest

from gatekeeper.sandbox.predictions_io import are_constant
from gatekeeper.sandbox.recalls import class_recalls
from shared.inference.servable import Predictions


def test_the_recall_of_a_class_without_rows_is_unknown() -> None:
    truth = np.array([0, 0, 0, 0, 2])
    found = class_recalls(truth, Predictions(np.array([0, 0, 0, 2, 2]), None), ("a", "b", "c"))

    assert [(each.name, each.rows, each.recall) for each in found] == [
        ("a", 4, 0.75),
        ("b", 0, None),
        ("c", 1, 1.0),
    ]


@pytest.mark.parametrize(("right", "rows"), [(0, 5), (3, 5), (5, 5), (1, 1), (388, 400)])
def test_the_interval_of_a_recall_is_exact(right: int, rows: int) -> None:
    answers = np.r_[np.ones(right, dtype=np.int64), np.zeros(rows - right, dtype=np.int64)]
    _, found = class_recalls(np.ones(rows, dtype=np.int64), Predictions(answers, None), ("a", "b"))
    expected = binomtest(right, rows).proportion_ci(0.95, method="exact")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_regression_has_no_recalls() -> None:
    assert class_recalls(np.zeros(3), Predictions(np.zeros(3), None), ()) == ()


def test_predictions_with_different_probabilities_are_not_constant() -> None:
    same = np.zeros(3, dtype=np.int64)
    assert are_constant(Predictions(same, None))
    assert are_constant(Predictions(same, np.full((3, 2), 0.5)))
    assert not are_constant(Predictions(same, np.array([[0.9, 0.1], [0.9, 0.1], [0.8, 0.2]])))
    assert not are_constant(Predictions(np.array([0, 1, 0]), None))
