"""Order class labels, and so decide on the index of each class."""

from collections.abc import Sequence

from shared.errors import DatasetError, SettingsError
from shared.prediction_log.true_value import name_class
from shared.scoring.scorer_names import BINARY, has_positive_class

MAX_CLASSES = 100
"""Largest number of classes; more values are numbers to predict, names or identifiers."""
_CONVENTIONAL: tuple[tuple[object, object], ...] = ((0, 1), (-1, 1), (False, True))
"""Pairs of labels whose second one is the positive class by convention."""


def index_classes(
    values: Sequence[object], column: str, positive_label: str | None, metric: str
) -> tuple[list[str], list[int]]:
    """Return the classes by index, and the class index of each value.

    *values* are the different strings, integers or booleans of the target. They are sorted, so that
    the same labels always get the same indices. Of two classes, the positive one has index 1.
    Raises DatasetError for only one class or too many, and SettingsError if *metric* depends on an
    unknown positive class.
    """
    if len(values) == 1:
        raise DatasetError(
            f"The target column {column!r} has one class, {name_class(values[0])!r}, in every "
            "row. A classifier needs at least two: choose another TRAINER_TARGET."
        )
    if len(values) > MAX_CLASSES:
        raise DatasetError(
            f"The target column {column!r} has {len(values)} different values, but at most "
            f"{MAX_CLASSES} classes are allowed. Set TRAINER_TARGET to a column of classes."
        )
    in_order = sorted(values)  # type: ignore[type-var]  # all of one type
    labels = [name_class(value) for value in in_order]
    is_needed = len(labels) == BINARY and positive_label is None and has_positive_class(metric)
    if is_needed and tuple(in_order) not in _CONVENTIONAL:
        raise SettingsError(
            f"METRIC={metric} depends on which class of {column!r} is the positive one. Set "
            f"TRAINER_POSITIVE_LABEL to {labels[0]!r} or {labels[1]!r}, or METRIC=accuracy."
        )
    classes = order_classes(labels, positive_label)
    return classes, [classes.index(name_class(value)) for value in values]


def order_classes(labels: list[str], positive_label: str | None) -> list[str]:
    """Move the positive label to index 1; without one, return the labels unchanged.

    Raises SettingsError if TRAINER_POSITIVE_LABEL does not fit the labels.
    """
    if positive_label is None:
        return labels
    shown = ", ".join(map(repr, labels))
    if positive_label not in labels:
        raise SettingsError(
            f"TRAINER_POSITIVE_LABEL={positive_label} is not a class of the data, "
            f"which has {shown}."
        )
    if len(labels) != BINARY:
        raise SettingsError(
            f"TRAINER_POSITIVE_LABEL is for two classes; the data has {len(labels)}: {shown}. "
            "Leave it unset."
        )
    return sorted(labels, key=lambda label: label == positive_label)


def require_positive_class(classes: Sequence[str], column: str, *, is_named: bool) -> None:
    """Raise SettingsError if TRAINER_THRESHOLD has no positive class to be about.

    *is_named* says whether a person named the positive class.
    """
    if len(classes) != BINARY:
        found = "numbers to predict" if not classes else f"{len(classes)} classes"
        raise SettingsError(
            f"TRAINER_THRESHOLD is for two classes, but {column!r} has {found}. Leave it unset."
        )
    known = [tuple(map(name_class, pair)) for pair in _CONVENTIONAL]
    if not is_named and tuple(classes) not in known:
        first, second = sorted(classes)
        raise SettingsError(
            f"TRAINER_THRESHOLD depends on which class of {column!r} is the positive one. Set "
            f"TRAINER_POSITIVE_LABEL to {first!r} or {second!r}."
        )


def regression_metric_error(metric: str, target: str) -> SettingsError:
    """Return the error for a METRIC of regressions and a *target* of classes."""
    return SettingsError(
        f"METRIC={metric} is for numbers to predict, but {target}, which are classes. Set METRIC "
        "to accuracy, neg_log_loss or another metric for classes."
    )
