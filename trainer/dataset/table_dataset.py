"""Load a table as rows of numbers, with a target and the keys of the rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.errors import DatasetError, SettingsError
from trainer.dataset import dropped_columns
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.target import encode_target
from trainer.settings import TrainerSettings
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.memory_check import require_memory
from trainer.tables.table_file import TableFile, explain_errors, format_columns, open_table


def load_table_dataset(settings: TrainerSettings, metric: str) -> Dataset:
    """Load TRAINER_DATASET. All columns but TRAINER_TARGET and TRAINER_ROW_KEY are features.

    Raises DatasetError or SettingsError, each a message that names the columns.
    """
    path, target, key = settings.dataset, settings.target, settings.row_key
    assert path is not None  # noqa: S101 - the caller has checked it
    if target is None:
        raise SettingsError(f"Set TRAINER_TARGET to the column of {path} to predict.")
    if key == target:
        raise SettingsError("TRAINER_ROW_KEY and TRAINER_TARGET name the same column.")
    dropped = dropped_columns.parse_names(settings.drop)
    for setting, name in (("TRAINER_TARGET", target), ("TRAINER_ROW_KEY", key)):
        if name in dropped:
            raise SettingsError(
                f"TRAINER_DROP and {setting} both name {name!r}. Remove it from TRAINER_DROP."
            )
    source = str(path)
    table = open_table(path)
    _require_columns(table, "TRAINER_TARGET", (target,), source)
    _require_columns(table, "TRAINER_ROW_KEY", (key,) if key else (), source)
    _require_columns(table, "TRAINER_DROP", dropped, source)
    others = [target, *([key] if key else [])]
    types = {field.name: field.type for field in table.schema}
    for name in (*others, *dropped):
        types.pop(name, None)
    if not types:
        raise DatasetError(
            f"{source} has no features: {target!r} is its only column that is not dropped."
        )
    require_memory(table.rows, len(types), source)
    columns = FeatureColumns(types, table.rows)
    with explain_errors(path):
        other_columns = _read(table, columns, others)
        features = columns.finish()
    pa.default_memory_pool().release_unused()
    reasons = {name: columns.refused[name] for name in types if name in columns.refused}
    dropped_columns.require_usable(source, reasons, dropped)
    encoded = encode_target(other_columns[target], target, metric, settings.positive_label)
    return Dataset(
        source=source,
        schema=DataSchema(encoded.task, features, encoded.classes),
        rows=columns.rows,
        target_name=target,
        target=encoded.values,
        keys=_keys_as_strings(other_columns[key], key, source) if key else None,
    )


def _require_columns(table: TableFile, setting: str, names: Sequence[str], source: str) -> None:
    known = table.schema.names
    for name in names:
        if name in known:
            continue
        hint = ""
        if len(known) == 1 and any(separator in known[0] for separator in ";\t|"):
            hint = " A CSV file must have commas between its columns."
        raise DatasetError(
            f"{setting}={name} is not in {source}, which has {format_columns(known)}.{hint}"
        )


def _read(
    table: TableFile, columns: FeatureColumns, others: list[str]
) -> dict[str, pa.ChunkedArray]:
    """Add the features to *columns*, and return the *others* by name."""
    batches: dict[str, list[pa.Table]] = {name: [] for name in others}
    for batch in table.batches([*columns.names, *others]):
        columns.add(batch)
        for name, tables in batches.items():
            tables.append(pa.table({name: batch.column(name)}))
    return {
        name: pa.concat_tables(tables, promote_options="permissive")[name]
        for name, tables in batches.items()
    }


def _keys_as_strings(column: pa.ChunkedArray, name: str, source: str) -> npt.NDArray[Any]:
    if column.null_count:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} is missing in {column.null_count} of {len(column)} rows of "
            f"{source}. Fill in the keys, or remove these rows."
        )
    try:
        return np.asarray(column.cast(pa.string()).to_numpy())
    except pa.ArrowException as error:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} has the type {column.type} in {source}. "
            "Choose a column of strings, numbers or times."
        ) from error
