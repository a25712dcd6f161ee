"""Fast scores of resamples equal the scores of the drawn rows."""

import math

import numpy as np
import pytest

from gatekeeper.statistics.count_metrics import COUNTED, CellCounts
from gatekeeper.statistics.influence import mean_influence, row_influence
from gatekeeper.statistics.paired_bootstrap import (
    count_resamples,
    make_scorer,
    score_differences,
)
from gatekeeper.statistics.poisson_weights import draw_blocks
from gatekeeper.statistics.ranking_metrics import RANKING_METRICS
from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.scoring import scorers
from shared.scoring.scorer_names import ANY_CLASSES, MANY_CLASSES, NEG_COST, REGRESSION, TWO_CLASSES
from shared.scoring.truth import Truth
from tests.support.sweep import sweep

COSTS = {2: ((0.0, 1.0), (50.0, 5.0)), 3: ((0.0, 1.0, 2.0), (3.0, 0.0, 9.0), (7.0, 1.0, 0.5))}
"""Costs by true class and predicted class, by number of classes."""
KINDS = [
    *((name, 2) for name in (*TWO_CLASSES, *ANY_CLASSES, NEG_COST)),
    *((name, 3) for name in (*MANY_CLASSES, *ANY_CLASSES, NEG_COST)),
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
    """Score the rows *drawn*, each repeated as often as drawn; NaN if undefined."""
    rows = np.repeat(np.arange(len(truth)), drawn)
    probabilities = predictions.probabilities
    picked = None if probabilities is None else probabilities[rows]
    try:
        return scorers.score(
            metric,
            truth[rows],
            Predictions(predictions.values[rows], picked),
            classes,
            COSTS.get(classes),
        )
    except SettingsError:
        return math.nan


@pytest.mark.parametrize(("metric", "classes"), KINDS)
def test_each_resample_has_the_score_of_its_rows(metric: str, classes: int) -> None:
    truth, first, second = table(classes)
    (weights,) = draw_blocks(len(truth), 10, np.random.SFC64(1))
    for model in (first, second):
        expected = [plain(metric, truth, model, drawn, classes) for drawn in weights.T]
        if metric in COUNTED:
            cells = CellCounts(truth, model.values, model.values, classes, COSTS.get(classes))
            joint = (truth * classes + model.values) * classes + model.values
            kinds = np.unique(joint)
            draws = np.stack([weights[joint == kind].sum(axis=0) for kind in kinds], axis=1)
            found, same = cells.score_draws(metric, draws.astype(np.int64))
            np.testing.assert_array_equal(found, same)
        else:
            found = make_scorer(metric, truth, model)(weights)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_the_same_arguments_give_the_same_differences_and_another_seed_others() -> None:
    truth, first, second = table(2)
    for metric in ("f1", "roc_auc"):
        once, again, other = (
            score_differences(metric, truth, first, second, classes=2, seed=seed)
            for seed in (1, 1, 2)
        )
        assert len(once) == 10_000
        np.testing.assert_array_equal(once, again)
        assert not np.array_equal(once, other)


@pytest.mark.parametrize("metric", ["f1", "roc_auc", "neg_log_loss"])
def test_the_resamples_are_counted_while_they_are_drawn(metric: str) -> None:
    seen = list[tuple[int, int]]()
    score_differences(
        metric, *table(2), classes=2, seed=1, observe=lambda *amounts: seen.append(amounts)
    )
    assert seen == sorted(seen)
    assert seen[-1] == (10_000, 10_000)


def test_models_with_equal_predictions_have_differences_of_0() -> None:
    truth, first, _ = table(2)
    found = score_differences("roc_auc", truth, first, first, classes=2, seed=1)
    assert not found.any()


def test_resamples_without_a_score_do_not_count() -> None:
    truth = np.array([0, 0, 0, 1])
    models = [
        Predictions((p > 0.5).astype(int), np.stack((1 - p, p), axis=1))
        for p in (np.array([0.1, 0.2, 0.6, 0.9]), np.array([0.4, 0.1, 0.3, 0.2]))
    ]
    found = score_differences("roc_auc", truth, *models, classes=2, seed=1)
    assert 5_000 < len(found) < 7_000, "the only positive row is in 1 - 1/e of the resamples"


INFLUENCES = ("roc_auc", "average_precision", "roc_auc_ovr_weighted", "roc_auc_ovo_weighted")


@pytest.mark.parametrize(
    "metric", sweep({name: name for name in sorted(RANKING_METRICS)}, *INFLUENCES)
)
def test_influences_give_nearly_the_scores_of_sorting(metric: str) -> None:
    """On the same draws: no difference is off by a third of what they vary by."""
    classes = 2 if metric in {"roc_auc", "average_precision"} else 3
    truth, first, second = table(classes, rows=6_000)
    exact = [
        make_scorer(metric, truth, first)(weights) - make_scorer(metric, truth, second)(weights)
        for weights in draw_blocks(len(truth), 200, np.random.SFC64(1))
    ]
    expected = np.concatenate(exact)
    each = row_influence(metric, truth, first) - row_influence(metric, truth, second)
    assert abs(each.sum()) < 1e-6 * len(truth)
    whole = [scorers.score(metric, truth, model, classes) for model in (first, second)]
    found = whole[0] - whole[1] + mean_influence(each, 200, np.random.SFC64(1))
    assert np.abs(found - expected).max() < expected.std() / 3
    assert found.std() == pytest.approx(expected.std(), rel=0.02)
    assert found.mean() == pytest.approx(expected.mean(), abs=expected.std() / 50)


def test_influences_replace_sorting_only_with_many_rows_of_every_class() -> None:
    truth, first, second = table(2, rows=4_000)
    found = score_differences("roc_auc", truth, first, second, classes=2, seed=1, seconds=0.3)
    assert len(found) == 2_500
    rare = np.where(np.arange(4_000) < 999, 1, 0)
    found = score_differences("roc_auc", rare, first, second, classes=2, seed=1, seconds=0.3)
    assert len(found) == 1_250


@pytest.mark.parametrize(
    ("metric", "rows", "classes", "cells", "resamples"),
    [
        ("f1", 100_000, 2, 8, 10_000),
        ("f1_macro", 100_000, 100, 100_000, 1_666),
        ("neg_log_loss", 100_000, 2, 0, 10_000),
        ("r2", 1_000_000, 0, 0, 1_000),
        ("roc_auc", 50_000, 2, 0, 10_000),
        ("roc_auc", 100_000, 2, 0, 5_000),
        ("roc_auc_ovo", 100_000, 4, 0, 833),
        ("neg_max_error", 40_000_000, 0, 0, 200),
    ],
)
def test_slow_metrics_get_fewer_resamples(
    metric: str, rows: int, classes: int, cells: int, resamples: int
) -> None:
    assert count_resamples(metric, rows, classes, cells, 30.0) == resamples
