"""Decide from the target column and METRIC whether to predict classes or numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from shared.contract.documents import Task
from shared.errors import DatasetError, SettingsError
from shared.scoring.scorer_names import is_for_classes, is_for_regression
from shared.scoring.truth import Truth
from trainer.dataset.labels import MAX_CLASSES, index_classes, regression_metric_error
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.column_types import classify_type

_LIMIT = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Target:
    """The encoded target column."""

    task: Task
    values: Truth
    """Shape [n]: class indices (int64), or numbers (float64) that are finite as float32 too."""
    classes: tuple[str, ...]
    """By class index; empty for a regression."""


def encode_target(
    column: pa.ChunkedArray,
    name: str,
    metric: str,
    positive_label: str | None,
    *,
    kind: ColumnKind,
) -> Target:
    """Encode strings and booleans as classes, and numbers that are not whole as numbers.

    The column has no missing values; see `require_labels`.
    Whole numbers are classes, unless METRIC is for regressions, there are more than MAX_CLASSES, or
    TRAINER_TYPES says that they are numbers.
    Raises DatasetError for other types or the same value in all rows. Raises SettingsError
    for a METRIC of the other task or an unknown positive class.
    """
    column = _empty_to_missing(column)
    column_type = classify_type(column.type)
    if kind.times:
        raise DatasetError(
            f"The target column {name!r} holds {kind.times}. "
            "Choose a column of strings, booleans or numbers."
        )
    if column_type not in {"number", "boolean", "category"}:
        raise DatasetError(
            f"The target column {name!r} has the type {column.type!s:.80}. "
            "Choose a column of strings, booleans or numbers."
        )
    if column_type == "number":
        column, reason = _whole_numbers(column)
        if kind.is_chosen:
            reason = "is a number by TRAINER_TYPES"
        if reason or is_for_regression(metric):
            _require_metric_of_regression(metric, name, reason, positive_label)
            return Target("regression", _numbers(column, name), ())
    if is_for_regression(metric):
        values = "strings" if column_type == "category" else "booleans"
        raise regression_metric_error(metric, f"{name!r} holds {values}")
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    classes, indices = index_classes(encoded.dictionary.to_pylist(), name, positive_label, metric)
    return Target(
        "classification",
        np.array(indices, dtype=np.int64)[encoded.indices.to_numpy()],
        tuple(classes),
    )


def require_labels(
    column: pa.ChunkedArray, name: str, describe_row: Callable[[int], str] = lambda _row: ""
) -> None:
    """Raise DatasetError if the target is missing in some rows, and name the first one."""
    is_labelled = find_labelled(column)
    if missing := int(np.count_nonzero(~is_labelled)):
        place = describe_row(int(np.argmin(is_labelled)))
        first = f", {'first ' * (missing > 1)}in {place}" if place else ""
        raise DatasetError(
            f"The target column {name!r} is missing in {missing} of {len(column)} rows{first}. "
            "Fill in the values, or remove these rows."
        )


def find_labelled(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Return for each row whether the target is not missing."""
    is_missing = compute.is_null(_empty_to_missing(column), nan_is_null=True)
    return ~np.asarray(is_missing)


def _empty_to_missing(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if classify_type(column.type) != "category":
        return column
    column = column.cast(pa.large_string())
    return compute.if_else(compute.equal(column, ""), None, column)


def _whole_numbers(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str | None]:
    """Return the column as integers if possible, and the reason if these cannot be classes."""
    if not pa.types.is_integer(column.type):
        try:
            column = column.cast(pa.int64())
        except pa.ArrowInvalid:
            return column, "has numbers that are not whole"
    different = compute.count_distinct(column).as_py()
    if different <= MAX_CLASSES:
        return column, None
    return column, f"has {different} different whole numbers, more than {MAX_CLASSES} classes"


def _require_metric_of_regression(
    metric: str, name: str, reason: str | None, positive_label: str | None
) -> None:
    if is_for_classes(metric):
        raise SettingsError(
            f"METRIC={metric} is for classes, but {name!r} {reason}, so it is a regression. Set "
            "METRIC to r2, neg_root_mean_squared_error or neg_mean_absolute_error, "
            "or TRAINER_TARGET to a column of classes."
        )
    if positive_label is not None:
        raise SettingsError(
            f"TRAINER_POSITIVE_LABEL is for two classes, but {name!r} has numbers to predict. "
            "Leave it unset."
        )


def _numbers(column: pa.ChunkedArray, name: str) -> Truth:
    values: Truth = column.cast(pa.float64(), safe=False).to_numpy()
    beyond = np.count_nonzero(~(np.abs(values) <= _LIMIT))
    if beyond:
        raise DatasetError(
            f"The target column {name!r} is infinite or beyond ±{_LIMIT:.1e} in {beyond} of "
            f"{len(values)} rows. Models predict float32: correct or scale these values."
        )
    if values.min() == values.max():
        raise DatasetError(
            f"The target column {name!r} has one value, {values[0]:g}, in every row. "
            "Choose a TRAINER_TARGET whose values differ."
        )
    return values.copy()
