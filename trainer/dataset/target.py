"""The column to predict: classes or numbers, which its values and METRIC decide together."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import compute

from shared.contract.documents import Task
from shared.errors import DatasetError, SettingsError
from shared.scoring.scorer_names import is_for_classes, is_for_regression
from shared.scoring.scorers import Truth
from trainer.dataset.labels import MAX_CLASSES, index_classes, regression_metric_error
from trainer.tables.column_types import classify_type

_LIMIT = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Target:
    """What is to be learned of each row."""

    task: Task
    values: Truth
    """Shape [n]: class indices, int64, or numbers, float64, finite also as float32."""
    classes: tuple[str, ...]
    """By index; none of a regression."""


def encode_target(
    column: pa.ChunkedArray, name: str, metric: str, positive_label: str | None
) -> Target:
    """Classes for texts and booleans, numbers for those that are not whole.

    Whole numbers are classes, but numbers for a METRIC of a regression and where there are more
    than MOST_CLASSES of them.
    Raises DatasetError for what is neither, for missing values and for one value in all rows;
    SettingsError for a METRIC of the other task, or where the positive class is not known.
    """
    column = _without_empty_texts(column)
    _require_complete(column, name)
    kind = classify_type(column.type)
    if kind not in {"number", "boolean", "category"}:
        raise DatasetError(
            f"The target column {name!r} holds {column.type!s:.80}; "
            "what can be learned is a text, a boolean or a number."
        )
    if kind == "number":
        column, reason = _whole_numbers(column)
        if reason or is_for_regression(metric):
            _require_metric_of_regression(metric, name, reason, positive_label)
            return Target("regression", _numbers(column, name), ())
    if is_for_regression(metric):
        found = "texts" if kind == "category" else "booleans"
        raise regression_metric_error(metric, f"{name!r} holds {found}")
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values = encoded.dictionary.to_pylist()
    classes, indices = index_classes(values, name, positive_label, metric)
    return Target(
        "classification",
        np.array(indices, dtype=np.int64)[encoded.indices.to_numpy()],
        tuple(classes),
    )


def _without_empty_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if classify_type(column.type) != "category":
        return column
    column = column.cast(pa.large_string())
    return compute.if_else(compute.equal(column, ""), None, column)


def _require_complete(column: pa.ChunkedArray, name: str) -> None:
    missing = column.null_count
    if pa.types.is_floating(column.type):
        missing = int(compute.sum(compute.is_null(column, nan_is_null=True)).as_py())
    if missing:
        raise DatasetError(
            f"The target column {name!r} is missing in {missing} of {len(column)} rows. "
            "Fill these in, or leave the rows out."
        )


def _whole_numbers(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str | None]:
    """The column, as integers where it holds some, and why they are no classes."""
    if not pa.types.is_integer(column.type):
        try:
            column = column.cast(pa.int64())
        except pa.ArrowInvalid:
            return column, "has numbers that are not whole"
    different = compute.count_distinct(column).as_py()
    if different <= MAX_CLASSES:
        return column, None
    return column, (
        f"has {different} different whole numbers, of which at most {MAX_CLASSES} are classes"
    )


def _require_metric_of_regression(
    metric: str, name: str, reason: str | None, positive_label: str | None
) -> None:
    if is_for_classes(metric):
        raise SettingsError(
            f"METRIC={metric} is for classes, but {name!r} {reason}, so that numbers are to be "
            "predicted. Set METRIC to r2, neg_root_mean_squared_error or neg_mean_absolute_error, "
            "or TRAINER_TARGET to a column of classes."
        )
    if positive_label is not None:
        raise SettingsError(
            f"TRAINER_POSITIVE_LABEL is for two classes; {name!r} are numbers to predict. "
            "Leave it unset."
        )


def _numbers(column: pa.ChunkedArray, name: str) -> Truth:
    values: Truth = column.cast(pa.float64(), safe=False).to_numpy()
    beyond = np.count_nonzero(~(np.abs(values) <= _LIMIT))
    if beyond:
        raise DatasetError(
            f"The target column {name!r} is infinite or beyond ±{_LIMIT:.1e} in {beyond} of "
            f"{len(values)} rows; models answer float32. Correct or scale these."
        )
    if values.min() == values.max():
        raise DatasetError(
            f"The target column {name!r} has one value, {values[0]:g}, in every row; "
            "there is nothing to predict."
        )
    return values.copy()
