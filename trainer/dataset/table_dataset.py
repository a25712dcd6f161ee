"""Load a table as rows of numbers, with a target and the keys of the rows."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from shared.errors import DatasetError, SettingsError
from shared.inference.text_form import normalise_text
from shared.scoring.scorer_names import is_for_regression
from trainer.dataset import dropped_columns
from trainer.dataset.column_notes import note_kinds
from trainer.dataset.column_settings import ColumnSettings, parse_settings
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.row_keys import keys_as_strings
from trainer.dataset.target import encode_target
from trainer.dataset.unclear_columns import require_clear
from trainer.settings import TrainerSettings
from trainer.tables.columns.cell_reader import read_cells
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.memory_check import require_memory
from trainer.tables.string_spellings import StringSpellings, normalise_strings
from trainer.tables.table_file import TableFile, explain_errors, open_table
from trainer.tables.table_kinds import decide_kinds


def load_table_dataset(settings: TrainerSettings, metric: str) -> Dataset:
    """Load TRAINER_DATASET. All columns but TRAINER_TARGET and TRAINER_ROW_KEY are features.

    Raises DatasetError or SettingsError, each a message that names the columns.
    """
    path = settings.dataset
    assert path is not None  # noqa: S101 - the caller has checked it
    if settings.target is None:
        raise SettingsError(f"Set TRAINER_TARGET to the column of {path} to predict.")
    target = normalise_text(settings.target)
    key = None if settings.row_key is None else normalise_text(settings.row_key)
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
    table.names.find("TRAINER_TARGET", (settings.target,), source)
    table.names.find("TRAINER_ROW_KEY", (key,) if key else (), source)
    table.names.find("TRAINER_DROP", dropped, source)
    own = parse_settings(settings.types, settings.missing, table.missing_values)
    table.names.find("TRAINER_TYPES", list(own.types), source)
    table.names.find("TRAINER_MISSING", list(own.missing.by_column), source)
    _require_read(own, {"TRAINER_DROP": dropped, "TRAINER_ROW_KEY": (key,) if key else ()})
    others = [target, *([key] if key else [])]
    names = [name for name in table.schema.names if name not in {*others, *dropped}]
    if not names:
        raise DatasetError(
            f"{source} has no features: {target!r} is its only column that is not dropped."
        )
    missing = own.missing
    chosen = {name: own.types.get(name) for name in (*names, *others)}
    with explain_errors(path):
        found = decide_kinds(table, chosen, missing, {target} if is_for_regression(metric) else ())
    if not found.rows:
        raise DatasetError(f"TRAINER_DATASET={path} is empty: it has column names, but no rows.")
    require_clear(source, found, (*names, target), target, own)
    require_memory(found.rows, len(names), source)
    kinds = {name: found.kinds[name] for name in names}
    columns = FeatureColumns(table.schema, kinds, found.rows, missing)
    with explain_errors(path):
        other_columns = _read(table, columns, others, missing.in_all())
        features = columns.finish()
    pa.default_memory_pool().release_unused()
    reasons = {name: columns.refused[name] for name in names if name in columns.refused}
    reasons |= {
        feature.name: "no name in the file"
        for feature in features
        if feature.name in table.names.nameless
    }
    if not reasons and not features:
        raise DatasetError(f"{source} has no features. {' '.join(columns.notes)}")
    dropped_columns.require_usable(source, reasons, dropped)
    labels = StringSpellings(missing.of(target))
    positive = settings.positive_label
    encoded = encode_target(
        normalise_strings(
            read_cells(other_columns[target], found.kinds[target], missing.of(target)), labels
        ),
        target,
        metric,
        None if positive is None else normalise_text(positive),
        kind=found.kinds[target],
    )
    read = {name: kind for name, kind in found.kinds.items() if name not in columns.by_products}
    notes = (
        table.names.note,
        *columns.notes,
        labels.note(target),
        *note_kinds(read, found.cells, target, own),
    )
    return Dataset(
        source=source,
        schema=DataSchema(encoded.task, features, encoded.classes, missing.everywhere),
        rows=columns.rows,
        target_name=target,
        target=encoded.values,
        keys=keys_as_strings(other_columns[key], found.kinds.get(key), missing.of(key), key, source)
        if key
        else None,
        notes=tuple(note for note in notes if note is not None),
    )


def _require_read(own: ColumnSettings, unread: Mapping[str, Sequence[str]]) -> None:
    """Raise SettingsError if TRAINER_TYPES names a column that is not read as its type."""
    for setting, names in unread.items():
        for name in names:
            if name in own.types:
                raise SettingsError(
                    f"TRAINER_TYPES and {setting} both name {name!r}. Remove it from TRAINER_TYPES."
                )


def _read(
    table: TableFile, columns: FeatureColumns, others: list[str], nulls: tuple[str, ...]
) -> dict[str, pa.ChunkedArray]:
    """Add the features to *columns*, and return the *others* by name."""
    batches: dict[str, list[pa.Table]] = {name: [] for name in others}
    for batch in table.batches([*columns.names, *others], nulls, columns.arrow_types):
        columns.add(batch)
        for name, tables in batches.items():
            tables.append(pa.table({name: batch.column(name)}))
    return {
        name: pa.concat_tables(tables, promote_options="permissive")[name]
        for name, tables in batches.items()
    }
