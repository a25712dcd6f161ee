"""From the columns of a table to rows of numbers, classes or numbers to predict, and keys."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.errors import DatasetError, SettingsError
from trainer.dataset import dropped_columns
from trainer.dataset.dataset import Dataset
from trainer.dataset.schema import DataSchema
from trainer.dataset.target import encode_target
from trainer.settings import TrainerSettings
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.memory_check import require_memory
from trainer.tables.table_file import TableFile, explain_errors, format_columns, open_table


def load_table_dataset(settings: TrainerSettings, metric: str) -> Dataset:
    """Load TRAINER_DATASET: TRAINER_TARGET is what to predict, all other columns are features.

    Raises DatasetError or SettingsError, each a sentence that names the columns.
    """
    path, target, key = settings.dataset, settings.target, settings.row_key
    assert path is not None  # noqa: S101 - the caller looked
    if target is None:
        raise SettingsError(f"Set TRAINER_TARGET to the column of {path} to predict.")
    if key == target:
        raise SettingsError("TRAINER_ROW_KEY and TRAINER_TARGET name the same column.")
    left_out = dropped_columns.parse_names(settings.drop)
    for setting, name in (("TRAINER_TARGET", target), ("TRAINER_ROW_KEY", key)):
        if name in left_out:
            raise SettingsError(f"TRAINER_DROP leaves out {name!r}, which {setting} needs.")
    source = str(path)
    table = open_table(path)
    _require_columns(table, "TRAINER_TARGET", (target,), source)
    _require_columns(table, "TRAINER_ROW_KEY", (key,) if key else (), source)
    _require_columns(table, "TRAINER_DROP", left_out, source)
    others = [target, *([key] if key else [])]
    types = {field.name: field.type for field in table.schema}
    for name in (*others, *left_out):
        types.pop(name, None)
    if not types:
        raise DatasetError(f"{source} has no features: no column beside {target!r} is left.")
    require_memory(table.rows, len(types), source)
    columns = FeatureColumns(types, table.rows)
    with explain_errors(path):
        read = _read(table, columns, others)
        features = columns.finish()
    pa.default_memory_pool().release_unused()
    reasons = {name: columns.refused[name] for name in types if name in columns.refused}
    dropped_columns.require_usable(source, reasons, left_out)
    learned = encode_target(read[target], target, metric, settings.positive_label)
    return Dataset(
        source=source,
        schema=DataSchema(learned.task, features, learned.classes),
        rows=columns.rows,
        target_name=target,
        target=learned.values,
        keys=_to_texts(read[key], key, source) if key else None,
    )


def _require_columns(table: TableFile, setting: str, wanted: Sequence[str], source: str) -> None:
    names = table.schema.names
    for name in wanted:
        if name in names:
            continue
        hint = ""
        if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
            hint = " A CSV file must have commas between its columns."
        raise DatasetError(
            f"{setting}={name} is not in {source}, which has {format_columns(names)}.{hint}"
        )


def _read(
    table: TableFile, columns: FeatureColumns, others: list[str]
) -> dict[str, pa.ChunkedArray]:
    """Put the features into *columns*; the values of the *others*."""
    found: dict[str, list[pa.Table]] = {name: [] for name in others}
    for batch in table.batches([*columns.names, *others]):
        columns.add(batch)
        for name, batches in found.items():
            batches.append(pa.table({name: batch.column(name)}))
    return {
        name: pa.concat_tables(batches, promote_options="permissive")[name]
        for name, batches in found.items()
    }


def _to_texts(column: pa.ChunkedArray, name: str, source: str) -> npt.NDArray[Any]:
    if column.null_count:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} is missing in {column.null_count} of {len(column)} rows of "
            f"{source}. Fill these in, or leave the rows out."
        )
    try:
        return np.asarray(column.cast(pa.string()).to_numpy())
    except pa.ArrowException as error:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} holds {column.type} in {source}; "
            "a key is a text, a number or a time."
        ) from error
