"""The true value of a row, from its label: a class of the model, or a number."""

import math
from collections.abc import Sequence
from typing import TypeAlias

from shared.prediction_log.label import LabelValue

TrueValue: TypeAlias = str | float
"""A class of a classifier, or the finite number of a regressor."""
_BOOLEANS = ("false", "true")


def find_true_value(label: LabelValue, classes: Sequence[str]) -> TrueValue | None:
    """Return the true value that *label* says; None if it is not a class or not a number.

    The rules are those by which the trainer reads a target. The whole number 1 is the class `1`,
    also if it is written as 1.0, and true is the class `true`. A string is a class by its exact
    spelling. CSV files have only strings, so `1.0` and `True` are read as 1.0 and true are.

    Args:
        label: The label of a row.
        classes: The classes of the model by index; empty for a regressor.
    """
    if not classes:
        return _read_number(label)
    if isinstance(label, str) and label in classes:
        return label
    name = _name(label)
    return name if name in classes else None


def name_class(value: object) -> str:
    """Return the name of the class that a value of the target is: booleans as in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_number(label: LabelValue) -> float | None:
    if isinstance(label, bool) or (isinstance(label, str) and "_" in label):
        return None  # float() ignores underscores
    try:
        number = float(label)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _name(label: LabelValue) -> str:
    """Return the name of the class that *label* may mean."""
    if isinstance(label, bool):
        return name_class(label)
    if isinstance(label, str) and label.lower() in _BOOLEANS:
        return label.lower()
    number = _read_number(label)
    if number is not None and number.is_integer():
        return name_class(label if isinstance(label, int) else int(number))
    return str(label)
