"""Load a table as rows of numbers, with a target and the keys of the rows."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.errors import DatasetError
from shared.inference.text_form import normalise_text
from trainer.dataset import dropped_columns
from trainer.dataset.column_roles import parse_roles
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.row_times import read_times
from trainer.dataset.target import encode_target
from trainer.settings import TrainerSettings
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.memory_check import require_memory
from trainer.tables.string_spellings import StringSpellings, normalise_strings
from trainer.tables.table_file import TableFile, explain_errors, open_table


def load_table_dataset(settings: TrainerSettings, metric: str) -> Dataset:
    """Load TRAINER_DATASET. All columns are features but the target, the row key and the time.

    Raises DatasetError or SettingsError, each a message that names the columns.
    """
    path = settings.dataset
    assert path is not None  # noqa: S101 - the caller has checked it
    roles = parse_roles(settings)
    target, key, time = roles.target, roles.key, roles.time
    source = str(path)
    table = open_table(path)
    roles.require_known(table.names, source)
    others = list(dict.fromkeys(roles.named.values()))
    types = {field.name: field.type for field in table.schema}
    for name in (*others, *roles.dropped):
        types.pop(name, None)
    if not types:
        raise DatasetError(
            f"{source} has no features: {target!r} is its only column that is not dropped."
        )
    require_memory(table.rows, len(types), source)
    columns = FeatureColumns(types, table.rows, table.missing_values)
    with explain_errors(path):
        other_columns = _read(table, columns, others)
        features = columns.finish()
    pa.default_memory_pool().release_unused()
    reasons = {name: columns.refused[name] for name in types if name in columns.refused}
    reasons |= {
        feature.name: "no name in the file"
        for feature in features
        if feature.name in table.names.nameless
    }
    if not reasons and not features:
        raise DatasetError(f"{source} has no features. {' '.join(columns.notes)}")
    dropped_columns.require_usable(source, reasons, roles.dropped)
    labels = StringSpellings(table.missing_values)
    positive = settings.positive_label
    encoded = encode_target(
        normalise_strings(other_columns[target], labels),
        target,
        metric,
        None if positive is None else normalise_text(positive),
    )
    notes = (table.names.note, *columns.notes, labels.note(target))
    return Dataset(
        source=source,
        schema=DataSchema(encoded.task, features, encoded.classes, table.missing_values),
        rows=columns.rows,
        target_name=target,
        target=encoded.values,
        keys=_keys_as_strings(other_columns[key], key, source) if key else None,
        times=read_times(other_columns[time], time, source, settings.date_order) if time else None,
        notes=tuple(note for note in notes if note is not None),
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
    column = normalise_strings(column, StringSpellings(()))
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
