"""Which scores can each metric have, and which of them can a useful model have?

This module does not need scikit-learn, so every service can check its settings.
"""

import math

from shared.scoring.scorer_names import REGRESSION

_LOWEST = {"matthews_corrcoef": -1.0, "neg_brier_score": -2.0}
"""Lowest scores other than 0. scikit-learn halves the Brier score only of two classes."""
_USEFUL_ERROR = ("neg_brier_score", "neg_mean_absolute_percentage_error")
"""Errors below 1 for every useful model: a constant prediction already has at most 1."""


def score_range(metric: str) -> tuple[float, float]:
    """Return the lowest and the highest score of *metric*; the lowest may be infinite."""
    highest = 0.0 if metric.startswith("neg_") else 1.0
    if metric in _LOWEST:
        return _LOWEST[metric], highest
    is_open = metric in REGRESSION or metric.startswith(("neg_", "d2_"))
    return -math.inf if is_open else 0.0, highest


def useful_range(metric: str) -> tuple[float, float] | None:
    """Return the range of scores of useful models; None if it depends on the unit of the target.

    A model that always gives the best constant has at least the lower end.
    """
    if metric in _USEFUL_ERROR:
        return -1.0, 0.0
    return None if metric.startswith("neg_") else (0.0, 1.0)


def clip_to_range(metric: str, value: float) -> float:
    """Return the score that *metric* can have and that is nearest to *value*."""
    lowest, highest = score_range(metric)
    return min(max(value, lowest), highest)
