"""From a table of columns to rows of numbers and class indices."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from shared.errors import DatasetError, SettingsError
from shared.metrics import Truth
from shared.servable import Rows
from trainer.dataset import Dataset, name_columns, require_usable_features
from trainer.labels import classes_of
from trainer.schema import Schema, numbers
from trainer.settings import TrainerSettings
from trainer.table_file import read_table


def load_table(settings: TrainerSettings, metric: str) -> Dataset:
    """Load TRAINER_DATASET: TRAINER_TARGET is what to predict, all other columns are features.

    Raises DatasetError or SettingsError, each a sentence that names the columns.
    """
    path = settings.dataset
    assert path is not None  # noqa: S101 - the caller looked
    if settings.target is None:
        raise SettingsError(f"Set TRAINER_TARGET to the column of {path} to predict.")
    table = read_table(path)
    source = str(path)
    _require_column(table, settings.target, "TRAINER_TARGET", source)
    if settings.row_key is not None:
        _require_column(table, settings.row_key, "TRAINER_ROW_KEY", source)
        if settings.row_key == settings.target:
            raise SettingsError("TRAINER_ROW_KEY and TRAINER_TARGET name the same column.")
    others = {settings.target, settings.row_key}
    features = tuple(name for name in table.column_names if name not in others)
    if not features:
        raise DatasetError(f"{source} has no features: no column beside {settings.target!r}.")
    _require_numbers(table, features, source)
    _require_complete(table, source)
    target, classes = _encode_target(table[settings.target], settings, metric)
    rows = _to_rows(table, features)
    require_usable_features(features, rows, source)
    return Dataset(
        source=source,
        schema=Schema("classification", numbers(features), tuple(classes)),
        rows=rows,
        target_name=settings.target,
        target=target,
        keys=_to_texts(table, settings.row_key, source) if settings.row_key else None,
    )


def _require_column(table: pa.Table, name: str, setting: str, source: str) -> None:
    if name in table.column_names:
        return
    names = table.column_names
    hint = ""
    if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
        hint = " A CSV file must have commas between its columns."
    raise DatasetError(
        f"{setting}={name} is not in {source}, which has {name_columns(names)}.{hint}"
    )


def _require_numbers(table: pa.Table, features: tuple[str, ...], source: str) -> None:
    is_number = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    others = [
        name
        for name in features
        if not any(is_kind(table.schema.field(name).type) for is_kind in is_number)
    ]
    if others:
        raise DatasetError(
            f"{source} has features that are not numbers in {name_columns(others)}. "
            "Turn them into numbers, or leave them out."
        )


def _require_complete(table: pa.Table, source: str) -> None:
    gaps = [name for name in table.column_names if _missing(table[name])]
    if gaps:
        first = _missing(table[gaps[0]])
        raise DatasetError(
            f"{source} has missing values in {name_columns(gaps)} ({first} of {table.num_rows} "
            f"rows of {gaps[0]!r}). Fill them in, or leave these rows or columns out."
        )


def _missing(column: pa.ChunkedArray) -> int:
    if pa.types.is_floating(column.type):
        return int(compute.sum(compute.is_null(column, nan_is_null=True)).as_py())
    return int(column.null_count)


def _encode_target(
    column: pa.ChunkedArray, settings: TrainerSettings, metric: str
) -> tuple[Truth, list[str]]:
    assert settings.target is not None  # noqa: S101 - the caller looked
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column = _whole_numbers(column, settings.target)
    kind = column.type
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    allowed = (pa.types.is_integer, pa.types.is_boolean, *texts)
    if not any(is_kind(kind) for is_kind in allowed):
        raise DatasetError(
            f"The target column {settings.target!r} holds {kind}; "
            "a class is a text, a whole number or a boolean."
        )
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values = encoded.dictionary.to_pylist()
    classes, indices = classes_of(values, settings.target, settings.positive_label, metric)
    return np.array(indices, dtype=np.int64)[encoded.indices.to_numpy()], classes


def _whole_numbers(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise DatasetError(
            f"The target column {name!r} holds numbers that are not whole, so they are no classes; "
            "predicting numbers is not supported."
        ) from error


def _to_rows(table: pa.Table, features: tuple[str, ...]) -> Rows:
    rows = np.empty((table.num_rows, len(features)), dtype=np.float64)
    for index, name in enumerate(features):
        rows[:, index] = table[name].cast(pa.float64(), safe=False).to_numpy()
    return rows


def _to_texts(table: pa.Table, name: str, source: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(table[name].cast(pa.string()).to_numpy())
    except pa.ArrowException as error:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} holds {table[name].type} in {source}; "
            "a key is a text, a number or a time."
        ) from error
