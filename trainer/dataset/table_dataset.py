"""Load a table as rows of numbers, with a target and the keys of the rows."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from shared.errors import DatasetError, SettingsError
from shared.scoring.scorer_names import is_for_regression
from trainer.dataset import dropped_columns
from trainer.dataset.column_notes import note_kinds
from trainer.dataset.column_settings import ColumnSettings, parse_settings
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.row_keys import keys_as_strings
from trainer.dataset.target import encode_target
from trainer.dataset.unclear_columns import explain_unclear
from trainer.settings import TrainerSettings
from trainer.tables.columns.cell_reader import read_cells
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.number_formats import NUMBER_FORMATS
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.memory_check import require_memory
from trainer.tables.table_file import TableFile, explain_errors, format_columns, open_table
from trainer.tables.table_kinds import decide_kinds


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
    own = parse_settings(settings.types, settings.missing)
    own.require_columns(table.schema.names, source)
    _require_read(own, {"TRAINER_DROP": dropped, "TRAINER_ROW_KEY": (key,) if key else ()})
    others = [target, *([key] if key else [])]
    names = [name for name in table.schema.names if name not in (*others, *dropped)]
    if not names:
        raise DatasetError(
            f"{source} has no features: {target!r} is its only column that is not dropped."
        )
    missing = own.spellings(table.missing)
    chosen = {name: own.types.get(name) for name in (*names, *others)}
    with explain_errors(path):
        found = decide_kinds(table, chosen, missing, [target] if is_for_regression(metric) else [])
    if not found.rows:
        raise DatasetError(f"TRAINER_DATASET={path} is empty: it has column names, but no rows.")
    if found.kinds.get(target, ColumnKind("other")).type == "time":
        raise DatasetError(
            f"The target column {target!r} holds dates or times. "
            "Choose a column of strings, booleans or numbers."
        )
    unclear = {name: found.unclear[name] for name in (*names, target) if name in found.unclear}
    if unclear:
        raise explain_unclear(source, unclear, target, own, table.missing)
    require_memory(found.rows, len(names), source)
    kinds = {name: found.kinds[name] for name in names}
    columns = FeatureColumns(table.schema, kinds, missing, found.rows)
    with explain_errors(path):
        other_columns = _read(table, columns, others)
        features = columns.finish()
    pa.default_memory_pool().release_unused()
    reasons = {name: columns.refused[name] for name in names if name in columns.refused}
    dropped_columns.require_usable(source, reasons, dropped)
    encoded = encode_target(
        read_cells(other_columns[target], found.kinds[target], missing.of(target)),
        target,
        metric,
        settings.positive_label,
        is_number=own.types.get(target, "") in NUMBER_FORMATS,
    )
    return Dataset(
        source=source,
        schema=DataSchema(encoded.task, features, encoded.classes),
        rows=columns.rows,
        target_name=target,
        target=encoded.values,
        keys=keys_as_strings(other_columns[key], found.kinds.get(key), key, source)
        if key
        else None,
        notes=tuple(note_kinds(found, target, own, table.missing)),
    )


def _require_read(own: ColumnSettings, unread: Mapping[str, Sequence[str]]) -> None:
    """Raise SettingsError if TRAINER_TYPES names a column that is not read as its type."""
    for setting, names in unread.items():
        for name in names:
            if name in own.types:
                raise SettingsError(
                    f"TRAINER_TYPES and {setting} both name {name!r}. Remove it from TRAINER_TYPES."
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
    for batch in table.batches([*columns.names, *others], columns.nulls, columns.arrow_types):
        columns.add(batch)
        for name, tables in batches.items():
            tables.append(pa.table({name: batch.column(name)}))
    return {
        name: pa.concat_tables(tables, promote_options="permissive")[name]
        for name, tables in batches.items()
    }
