"""The names METRIC accepts, which are scikit-learn's names of scorers, and what each is for.

It needs no scikit-learn, so that every service can check its settings; `shared.scoring.scorers`
computes.
"""

import difflib

from shared.errors import SettingsError

TWO_CLASSES = ("f1", "precision", "recall", "jaccard", "roc_auc")
MANY_CLASSES = ("top_k_accuracy",)
"""For three classes and more."""
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
METRICS = (*TWO_CLASSES, *MANY_CLASSES, *ANY_CLASSES, *REGRESSION)
"""All of them: higher is always better."""

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
"""What to propose for a regression, two classes, and more."""
_USUAL_NAMES = {
    "auc": "roc_auc",
    "logloss": "neg_log_loss",
    "mae": "neg_mean_absolute_error",
    "mape": "neg_mean_absolute_percentage_error",
    "mcc": "matthews_corrcoef",
    "mse": "neg_mean_squared_error",
    "rmse": "neg_root_mean_squared_error",
}
"""Names that people know from elsewhere."""
_INSTEAD = {
    "roc_auc": "roc_auc_ovr or roc_auc_ovo",
    "top_k_accuracy": "accuracy",
    **{name: f"{name}_macro, {name}_weighted or {name}_micro" for name in TWO_CLASSES[:4]},
}
"""What to propose for a metric that is for another number of classes."""


def is_for_regression(metric: str) -> bool:
    """Whether the metric compares numbers."""
    return metric in REGRESSION


def is_for_classes(metric: str) -> bool:
    """Whether the metric compares classes, however many it needs."""
    return metric in METRICS and metric not in REGRESSION


def has_positive_class(metric: str) -> bool:
    """Whether the metric looks at one of two classes, so that it matters which one that is."""
    return metric in _ABOUT_ONE_CLASS


def clip_to_range(metric: str, value: float) -> float:
    """Return the value that *metric* can have and that is nearest to *value*."""
    if metric.startswith("neg_"):
        return min(value, 0.0)
    if metric in REGRESSION or metric.startswith("d2_"):
        return min(value, 1.0)
    return min(max(value, -1.0 if metric == "matthews_corrcoef" else 0.0), 1.0)


def check_metric_name(metric: str) -> str:
    """The same name; SettingsError that proposes others where there is no such metric."""
    if metric in METRICS:
        return metric
    usual = _USUAL_NAMES.get(metric.lower(), f"neg_{metric}")
    close = [usual] if usual in METRICS else difflib.get_close_matches(metric, METRICS, n=3)
    hint = f"did you mean {', '.join(close)}?" if close else f"choose one such as {_DEFAULTS[2]}."
    raise SettingsError(
        f"METRIC={metric} is unknown; {hint} docs/training.md lists all that there are."
    )


def check_metric_fits(metric: str, classes: int) -> None:
    """Raise SettingsError for a METRIC that does not exist or does not fit so many classes.

    No classes stand for a regression.
    """
    check_metric_name(metric)
    proposed = _DEFAULTS[min(classes, 3)] if classes != 1 else _DEFAULTS[2]
    if is_for_regression(metric) != (classes == 0):
        kind, found = ("numbers", f"{classes} classes") if classes else ("classes", "numbers")
        raise SettingsError(
            f"METRIC={metric} is for {kind}; the target holds {found}. Choose {proposed}."
        )
    unsuitable = MANY_CLASSES if classes == 2 else TWO_CLASSES if classes > 2 else ()  # noqa: PLR2004
    if metric in unsuitable:
        wanted = "two classes" if metric in TWO_CLASSES else "three classes and more"
        raise SettingsError(
            f"METRIC={metric} is for {wanted}; the data has {classes}. Choose {_INSTEAD[metric]}."
        )
