"""The values of METRIC and their properties: scikit-learn's names of scorers, and `neg_cost`.

This module does not need scikit-learn, so every service can check its settings. The scores are
computed by `shared.scoring.scorers`.
"""

import difflib
import re
from collections.abc import Sequence

from shared.errors import SettingsError

BINARY = 2
"""The number of classes of a binary classification."""
TWO_CLASSES = ("f1", "precision", "recall", "jaccard", "roc_auc")
"""Metrics for exactly two classes."""
MANY_CLASSES = ("top_k_accuracy",)
"""Metrics for three classes or more."""
ANY_CLASSES = (
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "d2_brier_score",
    "d2_log_loss_score",
    *("f1_macro", "f1_micro", "f1_weighted"),
    *("jaccard_macro", "jaccard_micro", "jaccard_weighted"),
    "matthews_corrcoef",
    "neg_brier_score",
    "neg_log_loss",
    *("precision_macro", "precision_micro", "precision_weighted"),
    *("recall_macro", "recall_micro", "recall_weighted"),
    *("roc_auc_ovo", "roc_auc_ovo_weighted", "roc_auc_ovr", "roc_auc_ovr_weighted"),
)
REGRESSION = (
    "d2_absolute_error_score",
    "explained_variance",
    "neg_max_error",
    "neg_mean_absolute_error",
    "neg_mean_absolute_percentage_error",
    "neg_mean_gamma_deviance",
    "neg_mean_poisson_deviance",
    "neg_mean_squared_error",
    "neg_mean_squared_log_error",
    "neg_median_absolute_error",
    "neg_root_mean_squared_error",
    "neg_root_mean_squared_log_error",
    "r2",
)
NEG_COST = "neg_cost"
"""The negative mean cost of a row, for any number of classes; see `shared.scoring.costs`."""
METRICS = (*TWO_CLASSES, *MANY_CLASSES, *ANY_CLASSES, NEG_COST, *REGRESSION)
"""All metrics; higher is always better."""

NEED_PROBABILITIES = frozenset(
    name
    for name in METRICS
    if name.startswith("roc_auc")
    or name
    in {
        *("average_precision", "d2_brier_score", "d2_log_loss_score"),
        *("neg_brier_score", "neg_log_loss", "top_k_accuracy"),
    }
)
_ABOUT_ONE_CLASS = frozenset({"f1", "precision", "recall", "jaccard", "average_precision"})
_DEFAULTS = {
    0: "r2, neg_root_mean_squared_error or neg_mean_absolute_error",
    2: "f1, accuracy, roc_auc or neg_log_loss",
    3: "f1_macro, accuracy, balanced_accuracy or neg_log_loss",
}
"""Proposals by number of classes: a regression, two classes, three or more."""
_USUAL_NAMES = {
    "auc": "roc_auc",
    "logloss": "neg_log_loss",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "mcc": "matthews_corrcoef",
    "mse": "neg_mean_squared_error",
    "rmse": "neg_root_mean_squared_error",
}
"""Common names of metrics that scikit-learn names differently."""
_INSTEAD = {
    "roc_auc": "roc_auc_ovr or roc_auc_ovo",
    "top_k_accuracy": "accuracy",
    **{name: f"{name}_macro, {name}_weighted or {name}_micro" for name in TWO_CLASSES[:4]},
}
"""Proposals for a metric that does not fit the number of classes."""


def is_for_regression(metric: str) -> bool:
    """Say whether the metric is for regressions."""
    return metric in REGRESSION


def is_for_classes(metric: str) -> bool:
    """Say whether the metric is for classifications, of any number of classes."""
    return metric in METRICS and metric not in REGRESSION


def has_positive_class(metric: str) -> bool:
    """Say whether the metric depends on which of two classes is positive."""
    return metric in _ABOUT_ONE_CLASS


def check_metric_name(metric: str) -> str:
    """Return *metric*; raise SettingsError, which proposes others, if it is unknown."""
    if metric in METRICS:
        return metric
    close = propose_metrics(metric)
    hint = f"did you mean {', '.join(close)}?" if close else f"choose one such as {_DEFAULTS[2]}."
    raise SettingsError(f"METRIC={metric} is unknown; {hint} docs/training.md lists all metrics.")


def propose_metrics(metric: str) -> list[str]:
    """Return the metrics that a person probably meant, the most probable first."""
    plain = re.sub("[ -]+", "_", metric.strip().lower())
    short = plain.removesuffix("_score")
    usual = (plain, _USUAL_NAMES.get(plain), f"neg_{plain}", short, f"neg_{short}")
    known = next((name for name in usual if name in METRICS), None)
    return [known] if known else difflib.get_close_matches(plain, METRICS, n=3)


def find_positive_class(metric: str, classes: Sequence[str]) -> str | None:
    """Return the one of two classes that the metric measures; None if it measures all."""
    return classes[1] if len(classes) == BINARY and has_positive_class(metric) else None


def fits_classes(metric: str, classes: int) -> bool:
    """Say whether the metric is for this number of classes, which is 0 for a regression."""
    if is_for_regression(metric) or classes == 0:
        return is_for_regression(metric) and classes == 0
    unsuitable = MANY_CLASSES if classes == BINARY else TWO_CLASSES if classes > BINARY else ()
    return metric not in unsuitable


def check_metric_fits(metric: str, classes: int, labels: str = "") -> None:
    """Raise SettingsError if METRIC is unknown or does not fit the number of classes.

    *classes* is 0 for a regression. *labels* describes the classes to people.
    """
    check_metric_name(metric)
    proposed = _DEFAULTS[min(classes, 3)] if classes != 1 else _DEFAULTS[2]
    if is_for_regression(metric) != (classes == 0):
        kind, found = ("numbers", f"{classes} classes") if classes else ("classes", "numbers")
        raise SettingsError(
            f"METRIC={metric} is for {kind}; the target has {found}. Choose {proposed}."
        )
    if not fits_classes(metric, classes):
        expected = "two classes" if metric in TWO_CLASSES else "three classes or more"
        raise SettingsError(
            f"METRIC={metric} is for {expected}; the data has {classes}{labels and f': {labels}'}. "
            f"Choose {_INSTEAD[metric]}."
        )
