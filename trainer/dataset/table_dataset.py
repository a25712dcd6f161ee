"""Read a table as rows of numbers, with a target and the keys of the rows."""

from collections.abc import Mapping
from functools import partial

import pyarrow as pa

from shared.contract.documents import Feature
from shared.errors import DatasetError, EncodingError
from shared.scoring.scorer_names import is_for_regression
from trainer.dataset.cell_places import find_first_rows
from trainer.dataset.columns.column_notes import note_by_products, note_kinds
from trainer.dataset.columns.column_questions import question_columns
from trainer.dataset.columns.column_settings import ColumnSettings
from trainer.dataset.columns.unclear_columns import adopt_proposals, require_clear
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.other_columns import Labels, OtherColumns
from trainer.dataset.refused_columns import RefusedColumns
from trainer.dataset.table_plan import TablePlan, plan_reading
from trainer.dataset.table_reading import TableReading
from trainer.files.file_errors import explain_errors
from trainer.problems import Problems
from trainer.settings import TrainerSettings
from trainer.tables.by_products import is_unnamed_index
from trainer.tables.columns.column_kind import STRINGS, ColumnKind
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.key_column import KeySpelling
from trainer.tables.memory_check import require_memory
from trainer.tables.table_file import TableFile
from trainer.tables.table_kinds import TableKinds, decide_kinds

_FEW_ROWS = 1.5
"""Mean rows of a value, below which a category gets a question also if TRAINER_TYPES names it."""


def read_table(
    settings: TrainerSettings, metric: str, problems: Problems, reading: TableReading
) -> Dataset | None:
    """Read TRAINER_DATASET. All columns are features but those with a role.

    Each problem is reported to *problems*, with a message that names the columns, and each result
    to *reading*. With problems, the data set lacks the columns and rows that have them. Returns
    None if the rows or the target cannot be read.
    """
    with problems:
        try:
            return _read_table(settings, metric, problems, reading)
        except EncodingError:  # the beginning of the file is in UTF-8, the rest is not
            return _read_table(settings, metric, problems, reading, is_utf_8=False)
    return None


def _read_table(
    settings: TrainerSettings,
    metric: str,
    problems: Problems,
    reading: TableReading,
    *,
    is_utf_8: bool = True,
) -> Dataset | None:
    plan = plan_reading(settings, problems, reading, is_utf_8=is_utf_8)
    found = reading.found = decide_table_kinds(plan, metric, problems)
    require_memory(found.rows, len(plan.features) + len(plan.roles.kept), plan.source)
    columns = reading.columns = _choose_features(plan, found)
    with explain_errors(plan.path):
        read = _read_batches(plan, columns)
        features = columns.finish()
    pa.default_memory_pool().release_unused()
    others = OtherColumns(
        plan.roles, read, found, plan.settings.missing, plan.source, plan.table.describe_row
    )
    refused = _find_refused(plan, metric, columns, found, features)
    reading.refused = refused.reasons
    with problems:
        refused.require_none(plan.source)
        _require_features(plan, columns, found, features)
    labels = others.read_labels(metric, settings, problems)
    reading.missing = {**columns.missing, **others.missing_counts}
    reading.notes = _list_notes(plan, refused, features, others, labels)
    if labels is None:
        return None
    return Dataset(
        source=plan.source,
        schema=DataSchema(
            labels.target.task,
            features,
            labels.target.classes,
            plan.settings.missing.everywhere,
        ),
        rows=columns.rows if labels.labelled is None else columns.rows[labels.labelled],
        target_name=labels.name,
        target=labels.target.values,
        keys=None if labels.keys is None else labels.keys.values,
        key_spelling=KeySpelling() if labels.keys is None else labels.keys.spelling,
        times=labels.times,
        kept=labels.kept,
        labelled=labels.labelled,
        notes=reading.notes,
    )


def decide_table_kinds(plan: TablePlan, metric: str, problems: Problems) -> TableKinds:
    """Decide the kinds of all columns that are read, from all their cells."""
    roles, own = plan.roles, plan.settings
    chosen = {name: own.types.get(name) for name in (*plan.features, *plan.named)}
    number_roles = (roles.time, roles.target if is_for_regression(metric) else None)
    are_numbers = [name for name in number_roles if name is not None]
    with explain_errors(plan.path):
        found = decide_kinds(plan.table, chosen, own.missing, are_numbers)
    if not found.rows:
        plan.table.require_whole_rows(found.rows)
        raise DatasetError(
            f"TRAINER_DATASET={plan.path} is empty: it has column names, but no rows."
        )
    with problems:
        plan.table.require_whole_rows(found.rows)
    with problems:
        own.require_distinct(found.kinds)
    is_regression, names = is_for_regression(metric), plan.must_be_clear
    with problems:
        require_clear(
            plan.source,
            found,
            names,
            roles.target,
            own,
            is_regression=is_regression,
            find_places=partial(_find_places, plan.table),
        )
    return found


def _find_places(table: TableFile, wanted: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """Return the place of the first of the *wanted* cells of each column, for a message."""
    rows = find_first_rows(table, {name: cells for name, cells in wanted.items() if cells})
    places = {name: table.describe_row(row) for name, row in rows.items()}
    return {
        name: f"; {'the first is ' * (sum(wanted[name].values()) > 1)}in {place}"
        for name, place in places.items()
        if place
    }


def _choose_features(plan: TablePlan, found: TableKinds) -> FeatureColumns:
    """Return the features to read: those whose kind is clear, or does not matter."""
    kinds: dict[str, ColumnKind] = {}
    for name in plan.features:
        if name in found.kinds:
            kinds[name] = found.kinds[name]
        elif is_unnamed_index(name) and name not in plan.settings.types:
            kinds[name] = STRINGS
    return FeatureColumns(plan.table.schema, kinds, found.rows, plan.settings.missing)


def _read_batches(plan: TablePlan, columns: FeatureColumns) -> dict[str, pa.ChunkedArray]:
    """Add the rows to *columns*, and return the columns with a role by name."""
    batches: dict[str, list[pa.Table]] = {name: [] for name in plan.named}
    names = [*columns.names, *plan.named]
    nulls = plan.settings.missing.in_all()
    for batch in plan.table.batches(names, nulls, columns.arrow_types) if names else ():
        columns.add(batch)
        for name, tables in batches.items():
            tables.append(pa.table({name: batch.column(name)}))
    return {
        name: pa.concat_tables(tables, promote_options="permissive")[name]
        for name, tables in batches.items()
    }


def _find_refused(
    plan: TablePlan,
    metric: str,
    columns: FeatureColumns,
    found: TableKinds,
    features: tuple[Feature, ...],
) -> RefusedColumns:
    """Return the columns that cannot be features in the order of the file, with the reasons."""
    nameless = plan.table.names.nameless.intersection(feature.name for feature in features)
    without_name = dict.fromkeys(nameless - plan.settings.types.keys(), "no name in the file")
    refused = {**columns.refused, **without_name}
    for name, row in columns.first_beyond.items():
        refused[name] += _describe_place(plan.table.describe_row(row))
    reasons = {name: refused[name] for name in plan.features if name in refused}
    is_regression, names = is_for_regression(metric), plan.must_be_clear
    target, dropped = plan.roles.target, plan.roles.dropped
    own = adopt_proposals(found, names, target, plan.settings, is_regression=is_regression)
    return RefusedColumns(reasons, columns, found, own, dropped)


def _describe_place(place: str) -> str:
    return f", the first in {place}" if place else ""


def _require_features(
    plan: TablePlan, columns: FeatureColumns, found: TableKinds, features: tuple[Feature, ...]
) -> None:
    """Raise DatasetError if there are no features."""
    if not features and not found.unclear:
        left_out = note_by_products(columns.by_products, columns.kinds, plan.settings)
        raise DatasetError(f"{plan.source} has no features. {' '.join(left_out)}")


def _list_notes(
    plan: TablePlan,
    refused: RefusedColumns,
    features: tuple[Feature, ...],
    others: OtherColumns,
    labels: Labels | None,
) -> tuple[str, ...]:
    """List the notes. Their proposals are on top of those for columns with problems."""
    columns, found, target, own = (
        refused.columns,
        refused.found,
        plan.roles.target,
        refused.settings,
    )
    dropped = (*plan.roles.dropped, *refused.to_drop)
    without = {*columns.by_products, *refused.reasons}
    noted = {name: kind for name, kind in columns.kinds.items() if name not in without}
    if target is not None and target in found.kinds:
        noted[target] = found.kinds[target]
    notes = (
        plan.table.note,
        plan.table.names.note,
        *found.notes,
        *note_by_products(columns.by_products, columns.kinds, own),
        *question_columns(columns, features, _list_categories(noted, found, own, target), dropped),
        *columns.notes,
        others.target_note,
        labels.times.note if labels and labels.times else None,
        *note_kinds(noted, found.cells, target, own),
    )
    return tuple(note for note in notes if note is not None)


def _list_categories(
    kinds: Mapping[str, ColumnKind], found: TableKinds, own: ColumnSettings, target: str | None
) -> dict[str, Mapping[str, int]]:
    """Return the values of the features that are categories, by their rows.

    A category of TRAINER_TYPES is one of them only if most of its values are in one row.
    """
    return {
        name: values
        for name, kind in kinds.items()
        if kind.type == "category" and name != target and name in found.cells
        if (values := found.cells[name].values)
        if name not in own.types or sum(values.values()) < _FEW_ROWS * len(values)
    }
