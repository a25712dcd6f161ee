"""One definition of every metric, for the trainer that selects and the gatekeeper that decides.

Only these two services import it: it needs scikit-learn, the rest of `shared` does not. Each value
is what scikit-learn's scorer of that name gives for the same predictions.
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
from shared.scoring.scorer_names import (
    NEED_PROBABILITIES,
    check_metric_fits,
)

Truth = npt.NDArray[np.int64] | npt.NDArray[np.float64]
"""Shape [n]: class indices, or the numbers of a regression. Of two classes, index 1 is the
positive one."""

_Metric = Callable[[Truth, Predictions], float]
_TWO = 2
REPORTED_METRICS = {
    0: ("r2", "neg_root_mean_squared_error", "neg_mean_absolute_error"),
    2: ("f1", "precision", "recall", "roc_auc", "accuracy", "neg_log_loss"),
    3: ("f1_macro", "balanced_accuracy", "accuracy", "roc_auc_ovr", "neg_log_loss"),
}
"""What people see of a regression, of two classes, and of more."""


def score(metric: str, truth: Truth, predictions: Predictions, classes: int) -> float:
    """One metric, higher is better; *classes* is 0 for a regression.

    Raises SettingsError for a name that is unknown or does not fit the number of classes, and
    where these predictions have no such score.
    """
    check_metric_fits(metric, classes)
    if metric in NEED_PROBABILITIES and predictions.probabilities is None:
        raise SettingsError(
            f"METRIC={metric} needs probabilities, which this model does not give. "
            "Choose another metric or estimator."
        )
    try:
        value = float(_FUNCTIONS[metric](truth, predictions))
    except ValueError as error:
        raise SettingsError(f"METRIC={metric} cannot be computed here: {error}") from error
    if not np.isfinite(value):
        raise SettingsError(
            f"METRIC={metric} is {value} on these {len(truth)} rows. Choose another metric, or "
            "bring more rows."
        )
    return value


def report_scores(truth: Truth, predictions: Predictions, classes: int) -> dict[str, float]:
    """Every metric that people are shown, as far as these predictions have it."""
    found = {}
    for name in REPORTED_METRICS[min(classes, 3)]:
        with contextlib.suppress(SettingsError):
            found[name] = score(name, truth, predictions, classes)
    return found


def confusion_matrix(
    truth: Truth, predictions: Predictions, classes: int
) -> tuple[tuple[int, ...], ...]:
    """Counts by [true class][predicted class]."""
    matrix = metrics.confusion_matrix(truth, predictions.values, labels=range(classes))
    return tuple(tuple(row) for row in matrix.tolist())


def _of_values(function: Callable[..., Any], sign: float = 1.0, **options: Any) -> _Metric:
    """A metric that compares answers with the truth."""
    return lambda truth, predictions: sign * function(truth, predictions.values, **options)


def _of_ranking(function: Callable[..., Any], **options: Any) -> _Metric:
    """One that looks at the order of probabilities: of two classes the positive one's alone."""

    def compute(truth: Truth, predictions: Predictions) -> float:
        probabilities = _probabilities(predictions)
        if probabilities.shape[1] == _TWO:
            return float(function(truth, probabilities[:, 1]))
        return float(function(truth, probabilities, **options))

    return compute


def _of_probabilities(function: Callable[..., Any], sign: float = 1.0) -> _Metric:
    """One that looks at the probabilities themselves."""

    def compute(truth: Truth, predictions: Predictions) -> float:
        # Sums of float32 are only nearly 1, and a forest's of trees that agree lie above it.
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
    assert predictions.probabilities is not None  # noqa: S101 - `score` and `evaluate` looked
    return predictions.probabilities


_AVERAGED = {
    "f1": metrics.f1_score,
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "jaccard": metrics.jaccard_score,
}
_AUC = partial(_of_ranking, metrics.roc_auc_score)
_FUNCTIONS: dict[str, _Metric] = {
    **{name: _of_values(f, zero_division=0.0) for name, f in _AVERAGED.items()},
    **{
        f"{name}_{average}": _of_values(function, average=average, zero_division=0.0)
        for name, function in _AVERAGED.items()
        for average in ("macro", "micro", "weighted")
    },
    "accuracy": _of_values(metrics.accuracy_score),
    "balanced_accuracy": _of_values(metrics.balanced_accuracy_score),
    "matthews_corrcoef": _of_values(metrics.matthews_corrcoef),
    "top_k_accuracy": _top_k_accuracy,
    "roc_auc": _AUC(),
    "roc_auc_ovr": _AUC(multi_class="ovr"),
    "roc_auc_ovr_weighted": _AUC(multi_class="ovr", average="weighted"),
    "roc_auc_ovo": _AUC(multi_class="ovo"),
    "roc_auc_ovo_weighted": _AUC(multi_class="ovo", average="weighted"),
    "average_precision": _of_ranking(metrics.average_precision_score),
    "neg_log_loss": _of_probabilities(metrics.log_loss, -1.0),
    "neg_brier_score": _of_probabilities(metrics.brier_score_loss, -1.0),
    "d2_log_loss_score": _of_probabilities(metrics.d2_log_loss_score),
    "d2_brier_score": _of_probabilities(metrics.d2_brier_score),
    "r2": _of_values(metrics.r2_score),
    "explained_variance": _of_values(metrics.explained_variance_score),
    "d2_absolute_error_score": _of_values(metrics.d2_absolute_error_score),
    "neg_max_error": _of_values(metrics.max_error, -1.0),
    **{
        f"neg_{name}": _of_values(getattr(metrics, name), -1.0)
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
