"""One definition of every metric, for the trainer that selects and the gatekeeper that decides.

Only these two services import it: it needs scikit-learn, the rest of `shared` does not.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import metrics

from shared.errors import SettingsError
from shared.servable import Predictions

Truth = npt.NDArray[np.int64] | npt.NDArray[np.float64]
"""Class indices, shape [n]. Of two classes, index 1 is the positive one."""

_Metric = Callable[[Truth, Predictions], float]
_BINARY: dict[str, _Metric] = {
    "f1": lambda y, p: metrics.f1_score(y, p.values, zero_division=0.0),
    "precision": lambda y, p: metrics.precision_score(y, p.values, zero_division=0.0),
    "recall": lambda y, p: metrics.recall_score(y, p.values, zero_division=0.0),
    "roc_auc": lambda y, p: metrics.roc_auc_score(y, _probabilities(p)[:, 1]),
}
_ANY: dict[str, _Metric] = {
    "accuracy": lambda y, p: metrics.accuracy_score(y, p.values),
    "neg_log_loss": lambda y, p: -_log_loss(y, p),
}
_REGRESSION = ("r2", "neg_root_mean_squared_error", "neg_mean_absolute_error")
METRICS = (*_BINARY, *_ANY)
"""The names METRIC accepts, as scikit-learn names its scorers: higher is always better."""


def require_suitable(metric: str, classes: int) -> None:
    """Raise SettingsError for a METRIC that does not exist or does not fit so many classes."""
    if metric not in METRICS:
        raise SettingsError(f"METRIC={metric} is unknown; choose one of {', '.join(METRICS)}.")
    if metric in _BINARY and classes != 2:  # noqa: PLR2004 - two classes
        raise SettingsError(
            f"METRIC={metric} is for two classes; the data has {classes}. "
            f"Choose one of {', '.join(_ANY)}."
        )


def has_positive_class(metric: str) -> bool:
    """Whether the metric looks at one of two classes, so that it matters which one that is."""
    return metric in _BINARY


def is_for_classes(metric: str) -> bool:
    """Whether the metric compares classes."""
    return metric in METRICS


def is_for_regression(metric: str) -> bool:
    """Whether the metric compares numbers."""
    return metric in _REGRESSION


def score(metric: str, truth: Truth, predictions: Predictions, classes: int) -> float:
    """One metric, higher is better.

    Raises SettingsError for a name that is unknown or does not fit the number of classes.
    """
    require_suitable(metric, classes)
    function = _BINARY.get(metric) or _ANY[metric]
    if metric in {"roc_auc", "neg_log_loss"} and predictions.probabilities is None:
        raise SettingsError(
            f"METRIC={metric} needs probabilities, which this model does not give. "
            "Choose another metric or estimator."
        )
    return float(function(truth, predictions))


def evaluate(truth: Truth, predictions: Predictions, classes: int) -> dict[str, float]:
    """Every metric that applies, with log loss as people read it (lower is better)."""
    functions = {**(_BINARY if classes == 2 else {}), "accuracy": _ANY["accuracy"]}  # noqa: PLR2004
    if predictions.probabilities is None:
        functions.pop("roc_auc", None)
    else:
        functions["log_loss"] = _log_loss
    return {name: float(function(truth, predictions)) for name, function in functions.items()}


def confusion_matrix(
    truth: Truth, predictions: Predictions, classes: int
) -> tuple[tuple[int, ...], ...]:
    """Counts by [true class][predicted class]."""
    matrix = metrics.confusion_matrix(truth, predictions.values, labels=range(classes))
    return tuple(tuple(row) for row in matrix.tolist())


def _probabilities(predictions: Predictions) -> npt.NDArray[Any]:
    assert predictions.probabilities is not None  # noqa: S101 - `score` and `evaluate` looked
    return predictions.probabilities


def _log_loss(truth: Truth, predictions: Predictions) -> float:
    # Sums of float32 are only nearly 1, and a forest's of trees that agree lie above it.
    probabilities = _probabilities(predictions).astype(np.float64).clip(0.0, 1.0)
    totals = probabilities.sum(axis=1, keepdims=True)
    labels = range(probabilities.shape[1])
    return float(metrics.log_loss(truth, probabilities / totals, labels=labels))
