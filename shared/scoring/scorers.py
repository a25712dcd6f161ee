"""The definition of every metric, for the trainer's selection and the gatekeeper's decision.

Each score equals that of scikit-learn's scorer of the same name for the same predictions, except
`neg_cost`, which scikit-learn lacks. Only the trainer and the gatekeeper import this module,
because it needs scikit-learn.
"""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import metrics

from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.scoring.costs import COSTS_NEEDED, CostTable
from shared.scoring.scorer_names import (
    BINARY,
    NEED_PROBABILITIES,
    NEG_COST,
    check_metric_fits,
)
from shared.scoring.truth import Truth

_Metric = Callable[[Truth, Predictions], float]
REPORTED_METRICS = {
    0: ("r2", "neg_root_mean_squared_error", "neg_mean_absolute_error"),
    2: ("f1", "precision", "recall", "roc_auc", "accuracy", "neg_log_loss"),
    3: ("f1_macro", "balanced_accuracy", "accuracy", "roc_auc_ovr", "neg_log_loss"),
}
"""The metrics of reports, by number of classes: a regression, two classes, three or more."""


def score(
    metric: str,
    truth: Truth,
    predictions: Predictions,
    classes: int,
    costs: CostTable | None = None,
) -> float:
    """Compute one metric; higher is better.

    Args:
        metric: A name from `scorer_names.METRICS`.
        truth: The true targets, shape [n].
        predictions: The predictions for the same n rows.
        classes: The number of classes; 0 for a regression.
        costs: The costs, for the metric neg_cost.

    Raises:
        SettingsError: The metric is unknown, does not fit the number of classes, or is not
            defined for these predictions.
    """
    check_metric_fits(metric, classes)
    if metric in NEED_PROBABILITIES and predictions.probabilities is None:
        raise SettingsError(
            f"METRIC={metric} needs probabilities, and this model has none. "
            "Choose another metric or estimator."
        )
    if metric == NEG_COST:
        return -mean_cost(truth, predictions, costs)
    try:
        value = float(_FUNCTIONS[metric](truth, predictions))
    except ValueError as error:
        raise SettingsError(f"METRIC={metric} cannot be computed here: {error}") from error
    if not np.isfinite(value):
        raise SettingsError(
            f"METRIC={metric} is {value} on these {len(truth)} rows. Choose another metric or "
            "provide more rows."
        )
    return value


def mean_cost(truth: Truth, predictions: Predictions, costs: CostTable | None) -> float:
    """Return the mean cost of a row; raise SettingsError without *costs*."""
    if costs is None:
        raise SettingsError(COSTS_NEEDED)
    each = np.asarray(costs)[truth.astype(np.intp), predictions.values.astype(np.intp)]
    return float(each.mean())


def report_scores(
    truth: Truth, predictions: Predictions, classes: int, costs: CostTable | None = None
) -> dict[str, float]:
    """Compute the metrics of reports; leave out those that these predictions do not allow.

    The cost is one of them if there are *costs*.
    """
    scores = {}
    for name in (*REPORTED_METRICS[min(classes, 3)], *([NEG_COST] if costs else [])):
        with contextlib.suppress(SettingsError):
            scores[name] = score(name, truth, predictions, classes, costs)
    return scores


def confusion_matrix(
    truth: Truth, predictions: Predictions, classes: int
) -> tuple[tuple[int, ...], ...]:
    """Return counts by [true class][predicted class]."""
    matrix = metrics.confusion_matrix(truth, predictions.values, labels=range(classes))
    return tuple(tuple(row) for row in matrix.tolist())


def _value_metric(function: Callable[..., Any], sign: float = 1.0, **options: Any) -> _Metric:
    """Return a metric that compares predicted values with the truth."""
    return lambda truth, predictions: sign * function(truth, predictions.values, **options)


def _ranking_metric(function: Callable[..., Any], **options: Any) -> _Metric:
    """Return a metric that uses the order of probabilities: the positive class's of two."""

    def compute(truth: Truth, predictions: Predictions) -> float:
        probabilities = _probabilities(predictions)
        if probabilities.shape[1] == BINARY:
            return float(function(truth, probabilities[:, 1]))
        return float(function(truth, probabilities, **options))

    return compute


def _probability_metric(function: Callable[..., Any], sign: float = 1.0) -> _Metric:
    """Return a metric that uses the probabilities themselves."""

    def compute(truth: Truth, predictions: Predictions) -> float:
        # Sums of float32 are not exactly 1, and some forests return more than 1.
        probabilities = _probabilities(predictions).astype(np.float64).clip(0.0, 1.0)
        totals = probabilities.sum(axis=1, keepdims=True)
        labels = range(probabilities.shape[1])
        return sign * float(function(truth, probabilities / totals, labels=labels))

    return compute


def _top_k_accuracy(truth: Truth, predictions: Predictions) -> float:
    probabilities = _probabilities(predictions)
    labels = range(probabilities.shape[1])
    return float(metrics.top_k_accuracy_score(truth, probabilities, labels=labels))


def _probabilities(predictions: Predictions) -> npt.NDArray[Any]:
    assert predictions.probabilities is not None  # noqa: S101 - `score` has checked it
    return predictions.probabilities


_AVERAGED = {
    "f1": metrics.f1_score,
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "jaccard": metrics.jaccard_score,
}
_AUC = partial(_ranking_metric, metrics.roc_auc_score)
_FUNCTIONS: dict[str, _Metric] = {
    **{name: _value_metric(f, zero_division=0.0) for name, f in _AVERAGED.items()},
    **{
        f"{name}_{average}": _value_metric(function, average=average, zero_division=0.0)
        for name, function in _AVERAGED.items()
        for average in ("macro", "micro", "weighted")
    },
    "accuracy": _value_metric(metrics.accuracy_score),
    "balanced_accuracy": _value_metric(metrics.balanced_accuracy_score),
    "matthews_corrcoef": _value_metric(metrics.matthews_corrcoef),
    "top_k_accuracy": _top_k_accuracy,
    "roc_auc": _AUC(),
    "roc_auc_ovr": _AUC(multi_class="ovr"),
    "roc_auc_ovr_weighted": _AUC(multi_class="ovr", average="weighted"),
    "roc_auc_ovo": _AUC(multi_class="ovo"),
    "roc_auc_ovo_weighted": _AUC(multi_class="ovo", average="weighted"),
    "average_precision": _ranking_metric(metrics.average_precision_score),
    "neg_log_loss": _probability_metric(metrics.log_loss, -1.0),
    "neg_brier_score": _probability_metric(metrics.brier_score_loss, -1.0),
    "d2_log_loss_score": _probability_metric(metrics.d2_log_loss_score),
    "d2_brier_score": _probability_metric(metrics.d2_brier_score),
    "r2": _value_metric(metrics.r2_score),
    "explained_variance": _value_metric(metrics.explained_variance_score),
    "d2_absolute_error_score": _value_metric(metrics.d2_absolute_error_score),
    "neg_max_error": _value_metric(metrics.max_error, -1.0),
    **{
        f"neg_{name}": _value_metric(getattr(metrics, name), -1.0)
        for name in (
            "mean_absolute_error",
            "mean_absolute_percentage_error",
            "mean_gamma_deviance",
            "mean_poisson_deviance",
            "mean_squared_error",
            "mean_squared_log_error",
            "median_absolute_error",
            "root_mean_squared_error",
            "root_mean_squared_log_error",
        )
    },
}
