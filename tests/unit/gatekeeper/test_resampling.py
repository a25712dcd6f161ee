"""Every fast way to score resamples gives what scoring each of them by itself gives."""

import math

import numpy as np
import pytest

from gatekeeper.resampled_counts import COUNTED, Cells
from gatekeeper.resampling import scorer_of
from gatekeeper.weights import draw_blocks
from shared import metrics
from shared.errors import SettingsError
from shared.metric_names import ANY_CLASSES, MANY_CLASSES, REGRESSION, TWO_CLASSES
from shared.metrics import Truth
from shared.servable import Predictions

KINDS = [
    *((name, 2) for name in (*TWO_CLASSES, *ANY_CLASSES)),
    *((name, 3) for name in (*MANY_CLASSES, *ANY_CLASSES)),
    *((name, 0) for name in REGRESSION),
]
"""Every metric, for every number of classes that it is for."""


def table(classes: int, rows: int = 150, seed: int = 0) -> tuple[Truth, Predictions, Predictions]:
    """Truth, and the answers of two models that are right more often than not, with ties."""
    random = np.random.default_rng(seed)
    if not classes:
        truth = random.gamma(3.0, size=rows)
        answers = [truth * random.uniform(0.5, 1.6, rows).round(1) for _ in range(2)]
        return truth, Predictions(answers[0], None), Predictions(answers[1], None)
    target = random.integers(0, classes, rows)
    found = []
    for spread in (1.5, 2.0):
        logits = spread * random.normal(size=(rows, classes)).round(1)
        logits[np.arange(rows), target] += 1.5
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        found.append(Predictions(probabilities.argmax(axis=1), probabilities))
    return target, found[0], found[1]


def plain(
    metric: str, truth: Truth, predictions: Predictions, drawn: "np.ndarray", classes: int
) -> float:
    """The score of the rows *drawn*, each as often as it says; NaN where there is none."""
    rows = np.repeat(np.arange(len(truth)), drawn)
    probabilities = predictions.probabilities
    picked = None if probabilities is None else probabilities[rows]
    try:
        return metrics.score(
            metric, truth[rows], Predictions(predictions.values[rows], picked), classes
        )
    except SettingsError:
        return math.nan


@pytest.mark.parametrize(("metric", "classes"), KINDS)
def test_each_resample_has_the_score_of_its_rows(metric: str, classes: int) -> None:
    truth, first, second = table(classes)
    (weights,) = draw_blocks(len(truth), 25, np.random.SFC64(1))
    for model in (first, second):
        expected = [plain(metric, truth, model, drawn, classes) for drawn in weights.T]
        if metric in COUNTED:
            cells = Cells(truth, model.values, model.values, classes)
            joint = (truth * classes + model.values) * classes + model.values
            kinds = np.unique(joint)
            draws = np.stack([weights[joint == kind].sum(axis=0) for kind in kinds], axis=1)
            found, same = cells.score_draws(metric, draws.astype(np.int64))
            np.testing.assert_array_equal(found, same)
        else:
            found = scorer_of(metric)(truth, model)(weights)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
