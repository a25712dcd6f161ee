"""Load a table as rows of numbers, with a target and the keys of the rows."""

import pyarrow as pa

from shared.errors import DatasetError
from shared.scoring.scorer_names import is_for_regression
from trainer.dataset.column_roles import parse_roles
from trainer.dataset.columns.column_notes import note_by_products, note_kinds
from trainer.dataset.columns.column_questions import question_numbers
from trainer.dataset.columns.column_settings import parse_settings
from trainer.dataset.columns.unclear_columns import require_clear
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.other_columns import OtherColumns
from trainer.dataset.refused_columns import RefusedColumns
from trainer.settings import TrainerSettings
from trainer.tables.by_products import is_unnamed_index
from trainer.tables.columns.column_kind import STRINGS
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.memory_check import require_memory
from trainer.tables.table_file import TableFile, explain_errors, open_table
from trainer.tables.table_kinds import decide_kinds


def load_table_dataset(settings: TrainerSettings, metric: str) -> Dataset:
    """Load TRAINER_DATASET. All columns are features but the target, the row key and the time.

    Raises DatasetError or SettingsError, each a message that names the columns.
    """
    path = settings.dataset
    assert path is not None  # noqa: S101 - the caller has checked it
    roles = parse_roles(settings)
    target, time = roles.target, roles.time
    source = str(path)
    table = open_table(path)
    roles.require_known(table.names, source)
    own = parse_settings(settings.types, settings.missing, table.missing_values)
    own.require_known(table.names, source)
    own.require_read(roles.untyped)
    named = list(dict.fromkeys(roles.named.values()))
    names = [name for name in table.schema.names if name not in {*named, *roles.dropped}]
    if not names:
        raise DatasetError(
            f"{source} has no features: {target!r} is its only column that is not dropped."
        )
    missing = own.missing
    chosen = {name: own.types.get(name) for name in (*names, *named)}
    is_regression = is_for_regression(metric)
    are_numbers = [*([time] if time else []), *([target] if is_regression else [])]
    with explain_errors(path):
        found = decide_kinds(table, chosen, missing, are_numbers)
    if not found.rows:
        raise DatasetError(f"TRAINER_DATASET={path} is empty: it has column names, but no rows.")
    used = [name for name in names if name in own.types or not is_unnamed_index(name)]
    require_clear(source, found, (*used, target), target, own, is_regression=is_regression)
    require_memory(found.rows, len(names), source)
    kinds = {name: found.kinds.get(name, STRINGS) for name in names}
    columns = FeatureColumns(table.schema, kinds, found.rows, missing)
    with explain_errors(path):
        read = _read(table, columns, named, missing.in_all())
        features = columns.finish()
    pa.default_memory_pool().release_unused()
    others = OtherColumns(roles, read, found, missing, source)
    left_out = list(note_by_products(columns.by_products, kinds, own))
    if not features and not columns.refused:
        raise DatasetError(f"{source} has no features. {' '.join(left_out)}")
    nameless = table.names.nameless.intersection(f.name for f in features).difference(own.types)
    refused = {**columns.refused, **dict.fromkeys(nameless, "no name in the file")}
    reasons = {name: refused[name] for name in names if name in refused}
    RefusedColumns(reasons, columns, found, own, roles.dropped).require_none(source)
    encoded = others.encode_target(metric, settings.positive_label)
    times = others.read_times(settings.date_order)
    noted = {name: kind for name, kind in kinds.items() if name not in columns.by_products}
    notes = (
        table.names.note,
        *left_out,
        *question_numbers(columns, roles.dropped),
        *columns.notes,
        others.target_note,
        times.note if times else None,
        *note_kinds(
            {**noted, target: found.kinds[target]}, found.cells, target, roles.dropped, own
        ),
    )
    return Dataset(
        source=source,
        schema=DataSchema(encoded.task, features, encoded.classes, missing.everywhere),
        rows=columns.rows,
        target_name=target,
        target=encoded.values,
        keys=others.read_keys(),
        times=times,
        notes=tuple(note for note in notes if note is not None),
    )


def _read(
    table: TableFile, columns: FeatureColumns, others: list[str], nulls: tuple[str, ...]
) -> dict[str, pa.ChunkedArray]:
    """Add the features to *columns*, and return the columns *others* by name."""
    batches: dict[str, list[pa.Table]] = {name: [] for name in others}
    for batch in table.batches([*columns.names, *others], nulls, columns.arrow_types):
        columns.add(batch)
        for name, tables in batches.items():
            tables.append(pa.table({name: batch.column(name)}))
    return {
        name: pa.concat_tables(tables, promote_options="permissive")[name]
        for name, tables in batches.items()
    }
