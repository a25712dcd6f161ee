"""Each run scores the best constant answer, so that a score means something."""

from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor

from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import ANY_CLASSES, MANY_CLASSES, REGRESSION, TWO_CLASSES
from shared.scoring.scorers import score
from tests.support.sweep import sweep
from tests.support.tables.tables import dataset_of, in_parts
from trainer.dataset.split import Splits
from trainer.fitting.baseline import choose_answer, score_baseline

RANDOM = np.random.default_rng(0)
ROWS = np.zeros((500, 1))
RARE = (RANDOM.random(500) < 0.2).astype(int)
THREE = RANDOM.choice(3, 500, p=[0.2, 0.5, 0.3])
NUMBERS = RANDOM.lognormal(size=500)


def of(target: Any, classes: int) -> tuple[Any, Splits]:
    data = dataset_of(ROWS, target, classes)
    return data.schema, in_parts(data)


def by_name(*metrics: str) -> dict[str, str]:
    return dict(zip(metrics, metrics, strict=True))


def answers(classifier: Any, parts: Splits) -> Predictions:
    fitted = classifier.fit(parts.train.rows, parts.train.target)
    rows = parts.holdout.rows
    return Predictions(fitted.predict(rows), fitted.predict_proba(rows))


@pytest.mark.parametrize(
    "metric",
    sweep(by_name(*TWO_CLASSES, *ANY_CLASSES), "f1", "accuracy", "roc_auc", "neg_log_loss"),
)
def test_two_classes_have_the_best_constant_of_each_metric(metric: str) -> None:
    schema, parts = of(RARE, 2)
    truth = parts.holdout.target

    found = score_baseline(parts, schema, metric)

    shares = answers(DummyClassifier(strategy="prior"), parts).probabilities
    constants = [Predictions(np.full(len(truth), label), shares) for label in (0, 1)]
    best = max(score(metric, truth, each, 2) for each in constants)
    assert found.holdout_metrics[metric] == pytest.approx(best)
    assert found.metrics.keys() == found.holdout_metrics.keys()


@pytest.mark.parametrize(
    "metric", sweep(by_name(*MANY_CLASSES, *ANY_CLASSES), "f1_macro", "roc_auc_ovr", "accuracy")
)
def test_three_classes_have_the_scores_of_a_dummy_classifier(metric: str) -> None:
    schema, parts = of(THREE, 3)
    try:
        wanted = score(
            metric,
            parts.holdout.target,
            answers(DummyClassifier(strategy="prior"), parts),
            3,
        )
    except SettingsError:
        assert metric not in score_baseline(parts, schema, metric).holdout_metrics
        return
    assert score_baseline(parts, schema, metric).holdout_metrics[metric] == pytest.approx(wanted)


@pytest.mark.parametrize("metric", REGRESSION)
def test_numbers_have_the_scores_of_a_dummy_regressor(metric: str) -> None:
    schema, parts = of(NUMBERS, 0)
    strategy = "median" if "absolute" in metric else "mean"
    fitted = DummyRegressor(strategy=strategy).fit(parts.train.rows, parts.train.target)
    wanted = Predictions(fitted.predict(parts.holdout.rows), None)

    found = score_baseline(parts, schema, metric)

    assert found.answer.startswith(f"the {strategy}, ")
    assert found.holdout_metrics[metric] == pytest.approx(
        score(metric, parts.holdout.target, wanted, 0)
    )


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("f1", "the positive class, c1"),
        ("accuracy", "the most frequent class, c0"),
        ("roc_auc", "the same probabilities, the shares of the classes"),
        ("neg_log_loss", "the same probabilities, the shares of the classes"),
    ],
)
def test_the_answer_is_said_in_words(metric: str, words: str) -> None:
    schema, parts = of(RARE, 2)
    assert score_baseline(parts, schema, metric).answer == words


def test_scores_that_a_constant_always_has_are_those() -> None:
    schema, parts = of(RARE, 2)
    found = score_baseline(parts, schema, "roc_auc").holdout_metrics
    assert found["roc_auc"] == 0.5
    assert found["f1"] == 0.0, "the most frequent class is not the positive one"
    schema, parts = of(NUMBERS, 0)
    assert -0.1 < score_baseline(parts, schema, "r2").holdout_metrics["r2"] <= 0.0


def test_a_metric_without_a_value_for_a_constant_has_no_score() -> None:
    schema, parts = of(NUMBERS - 100.0, 0)
    assert "neg_mean_poisson_deviance" not in (
        score_baseline(parts, schema, "neg_mean_poisson_deviance").metrics
    )


def test_a_long_name_of_a_class_is_cut() -> None:
    answer = choose_answer(np.array([0, 1, 1]), ("a", "b" * 1000), "accuracy")
    assert len(answer.words) < 120
