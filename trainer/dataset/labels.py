"""Class labels: their order decides which index each class has."""

from collections.abc import Sequence

from shared.errors import DatasetError, SettingsError
from shared.scoring.scorer_names import has_positive_class

MAX_CLASSES = 100
"""More different labels than this are numbers to predict, names or identifiers."""
_TWO = 2
_CONVENTIONAL: tuple[tuple[object, object], ...] = ((0, 1), (-1, 1), (False, True))


def index_classes(
    values: Sequence[object], column: str, positive_label: str | None, metric: str
) -> tuple[list[str], list[int]]:
    """The classes by index, and the index of each of the different *values* of the target.

    *values* are texts, integers or booleans. Sorted, so that the same labels always get the same
    index; of two classes the positive one has index 1.
    Raises DatasetError for labels that are no classes, SettingsError when it is not known which
    of two is positive and *metric* depends on it.
    """
    if len(values) == 1:
        raise DatasetError(
            f"The target column {column!r} has one class, {format_label(values[0])!r}, in every "
            "row. A classifier needs at least two: choose another TRAINER_TARGET."
        )
    if len(values) > MAX_CLASSES:
        raise DatasetError(
            f"The target column {column!r} has {len(values)} different values; at most "
            f"{MAX_CLASSES} are taken as classes. Choose a column of classes as TRAINER_TARGET."
        )
    in_order = sorted(values)  # type: ignore[type-var]
    labels = [format_label(value) for value in in_order]
    if len(labels) == _TWO and positive_label is None and has_positive_class(metric):
        _require_conventional(tuple(in_order), labels, column, metric)
    classes = order_classes(labels, positive_label)
    return classes, [classes.index(format_label(value)) for value in values]


def format_label(label: object) -> str:
    """How a label is written in answers: booleans as in JSON."""
    return str(label).lower() if isinstance(label, bool) else str(label)


def order_classes(labels: list[str], positive_label: str | None) -> list[str]:
    """The two *labels* with the positive one at index 1, or any others as they are.

    Raises SettingsError when TRAINER_POSITIVE_LABEL does not fit the labels.
    """
    if positive_label is None:
        return labels
    found = ", ".join(map(repr, labels))
    if positive_label not in labels:
        raise SettingsError(
            f"TRAINER_POSITIVE_LABEL={positive_label} is not a class of the data, "
            f"which has {found}."
        )
    if len(labels) != 2:  # noqa: PLR2004 - two classes
        raise SettingsError(
            f"TRAINER_POSITIVE_LABEL is for two classes; the data has {len(labels)}: {found}. "
            "Leave it unset."
        )
    return sorted(labels, key=lambda label: label == positive_label)


def regression_metric_error(metric: str, found: str) -> SettingsError:
    """The error for a METRIC of numbers where *found* are classes."""
    return SettingsError(
        f"METRIC={metric} is for numbers to predict, but {found}, which are classes. Set METRIC "
        "to accuracy, neg_log_loss or another one of classes."
    )


def _require_conventional(
    values: tuple[object, ...], labels: list[str], column: str, metric: str
) -> None:
    if values not in _CONVENTIONAL:
        raise SettingsError(
            f"METRIC={metric} needs to know which class of {column!r} is the positive one: set "
            f"TRAINER_POSITIVE_LABEL to {labels[0]!r} or {labels[1]!r}, or METRIC=accuracy."
        )
