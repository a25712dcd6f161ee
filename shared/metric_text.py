"""Show scores to people: an error is a positive number, and lower is better.

Settings, documents and the API keep the names and signs of scikit-learn, where higher is always
better.
"""

from shared.score_format import format_score

_NAMES = {
    "neg_mean_absolute_error": "MAE",
    "neg_mean_absolute_percentage_error": "MAPE",
    "neg_mean_squared_error": "MSE",
    "neg_mean_squared_log_error": "MSLE",
    "neg_root_mean_squared_error": "RMSE",
    "neg_root_mean_squared_log_error": "RMSLE",
    "neg_brier_score": "Brier score",
}
_WHOLE = 1e4
"""Larger differences are shown without decimals."""


def is_error(metric: str) -> bool:
    """Return whether *metric* is the negative of an error."""
    return metric.startswith("neg_")


def name_metric(metric: str) -> str:
    """Return the usual name of *metric*: MAE for neg_mean_absolute_error, f1 for f1."""
    if not is_error(metric):
        return metric
    return _NAMES.get(metric, metric.removeprefix("neg_").replace("_", " "))


def name_direction(metric: str) -> str:
    """Return which values of *metric* are better, as people see them."""
    return "lower is better" if is_error(metric) else "higher is better"


def to_shown(metric: str, score: float) -> float:
    """Return *score*, or the positive error; also for the difference of two scores."""
    return 0.0 - score if is_error(metric) else score


def show_score(metric: str, score: float) -> str:
    """Format *score* as people see it."""
    return format_score(to_shown(metric, score))


def show_difference(metric: str, difference: float) -> str:
    """Format the difference of two scores with its sign, as people see it."""
    shown = to_shown(metric, difference)
    if not shown:
        return "0"
    return f"{shown:+.4g}" if abs(shown) < _WHOLE else f"{shown:+.0f}"


def describe_score(metric: str, score: float, rows: str = "") -> str:
    """Return name and value, and the direction of an error: `MAE 77.70, lower is better`.

    *rows* follows the value, and says where it was measured.
    """
    text = f"{name_metric(metric)} {show_score(metric, score)}{rows}"
    return f"{text}, {name_direction(metric)}" if is_error(metric) else text
