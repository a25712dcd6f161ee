"""The range of each metric contains every score that scikit-learn can give."""

import math

import numpy as np
import pytest

from shared.inference.servable import Predictions
from shared.scoring.score_ranges import clip_to_range, score_range, useful_range
from shared.scoring.scorer_names import ANY_CLASSES, MANY_CLASSES, METRICS, REGRESSION, TWO_CLASSES
from shared.scoring.scorers import score

CLASSES = [
    *((name, 2) for name in (*TWO_CLASSES, *ANY_CLASSES)),
    *((name, 3) for name in (*MANY_CLASSES, *ANY_CLASSES)),
]
TRUTH = {2: np.array([0, 1] * 6), 3: np.array([0, 1, 2] * 4)}
NEVER_LOWEST = ("top_k_accuracy", "average_precision")
"""Their lowest scores on a few rows are above 0."""


def sure(classes: np.ndarray, count: int) -> Predictions:
    return Predictions(classes, np.eye(count)[classes])


@pytest.mark.parametrize(("metric", "count"), CLASSES)
def test_right_answers_have_the_highest_score_and_wrong_ones_the_lowest(
    metric: str, count: int
) -> None:
    truth = TRUTH[count]
    lowest, highest = score_range(metric)
    assert score(metric, truth, sure(truth, count), count) == pytest.approx(highest, abs=1e-9)
    worst = score(metric, truth, sure((truth + 1) % count, count), count)
    assert worst >= lowest
    if metric == "neg_brier_score":
        assert worst == {2: -1.0, 3: -2.0}[count]
    elif math.isfinite(lowest) and metric not in NEVER_LOWEST and count == 2:
        assert worst == lowest


@pytest.mark.parametrize("metric", REGRESSION)
def test_right_numbers_have_the_highest_score_and_far_ones_no_lowest(metric: str) -> None:
    truth = np.array([1.0, 2.0, 4.0])
    lowest, highest = score_range(metric)
    assert score(metric, truth, Predictions(truth, None), 0) == pytest.approx(highest, abs=1e-12)
    assert lowest == -math.inf
    far = score(metric, truth, Predictions(truth[::-1] * 1e9, None), 0)
    assert far < -5


@pytest.mark.parametrize("metric", METRICS)
def test_the_best_constant_is_not_below_the_useful_range(metric: str) -> None:
    useful = useful_range(metric)
    if useful is None:
        assert metric.startswith("neg_"), "its unit is that of the target"
        return
    if metric in REGRESSION:
        truth, constant, classes = np.array([1.0, 2.0, 6.0]), 0.0, 0
        if metric != "neg_mean_absolute_percentage_error":
            constant = 2.0 if metric == "d2_absolute_error_score" else 3.0
        answer = Predictions(np.full(3, constant), None)
    else:
        classes = 3 if metric in MANY_CLASSES else 2
        truth = TRUTH[classes]
        share = np.full((len(truth), classes), 1 / classes)
        answer = Predictions(np.zeros(len(truth), dtype=np.int64), share)
    assert useful[0] - 1e-12 <= score(metric, truth, answer, classes) < useful[1]


def test_a_score_beyond_the_range_becomes_its_end() -> None:
    assert clip_to_range("accuracy", 1.2) == 1.0
    assert clip_to_range("accuracy", -0.2) == 0.0
    assert clip_to_range("matthews_corrcoef", -0.2) == -0.2
    assert clip_to_range("neg_log_loss", 0.1) == 0.0
    assert clip_to_range("r2", -70.0) == -70.0
