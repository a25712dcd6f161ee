"""Decide the kinds of the columns of a table, in one pass over its rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from trainer.tables.columns.cells import Cells
from trainer.tables.columns.chosen_kind import check_chosen_kind
from trainer.tables.columns.column_kind import ColumnKind, UnclearColumn, decide_kind
from trainer.tables.columns.column_survey import ColumnSurvey
from trainer.tables.columns.column_types import ColumnType, classify_type
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.columns.number_formats import NUMBER_FORMATS
from trainer.tables.columns.text_cells import to_strings
from trainer.tables.decimal_marks import as_found, find_marks, note_formats
from trainer.tables.table_file import TableFile


@dataclass(frozen=True)
class TableKinds:
    """The kinds of columns, and what was found on the way."""

    rows: int
    kinds: Mapping[str, ColumnKind]
    unclear: Mapping[str, UnclearColumn]
    cells: Mapping[str, Cells]
    """The cells of the columns whose cells were looked at."""
    notes: tuple[str, ...] = ()
    """Sentences about formats of numbers that were found."""


def decide_kinds(
    table: TableFile,
    chosen: Mapping[str, str | None],
    missing: MissingSpellings,
    number_columns: Collection[str] = (),
) -> TableKinds:
    """Decide the kind of each column of *chosen*, whose values are from TRAINER_TYPES or None.

    Numbers in *number_columns* are never codes.
    """
    in_file = {name: classify_type(table.schema.field(name).type) for name in chosen}
    surveys = {
        name: ColumnSurvey(missing.of(name), NUMBER_FORMATS.get(type_ or ""))
        for name, type_ in chosen.items()
        if _must_see_cells(in_file[name], type_)
    }
    rows, cells = _survey(table, surveys, missing)
    kinds: dict[str, ColumnKind] = {}
    unclear: dict[str, UnclearColumn] = {}
    for name, type_ in chosen.items():
        found: ColumnKind | UnclearColumn
        if name not in cells or type_ == "category":
            found = _keep_type(in_file[name], type_)
        elif type_ is not None:
            found = check_chosen_kind(type_, cells[name])
        else:
            found = decide_kind(
                cells[name], is_typed=table.has_types, are_numbers=name in number_columns
            )
        if isinstance(found, UnclearColumn):
            unclear[name] = found
        else:
            kinds[name] = found
    found_kinds = TableKinds(rows, kinds, unclear, cells)
    if table.has_types:
        return found_kinds
    return _settle_marks(table, found_kinds, chosen, missing)


def _survey(
    table: TableFile, surveys: Mapping[str, ColumnSurvey], missing: MissingSpellings
) -> tuple[int, dict[str, Cells]]:
    """Read the cells of columns once. Return the rows, and the cells of each column."""
    rows = 0
    for batch in table.batches(list(surveys), missing.in_all()):
        rows += batch.num_rows
        for name, survey in surveys.items():
            survey.add(to_strings(batch.column(name)))
    return rows, {name: survey.finish() for name, survey in surveys.items()}


def _settle_marks(
    table: TableFile,
    found: TableKinds,
    chosen: Mapping[str, str | None],
    missing: MissingSpellings,
) -> TableKinds:
    """Decide on decimal marks of the columns that have no chosen type.

    The columns whose format is found are read once more, so that every cell is known to fit.
    """
    free = {name for name, type_ in chosen.items() if type_ is None}
    marks = find_marks(
        {name: kind for name, kind in found.kinds.items() if name in free},
        {name: column for name, column in found.unclear.items() if name in free},
        found.cells,
        table.decimal,
        table.separator,
    )
    if not marks.formats and not marks.open:
        return found
    surveys = {name: ColumnSurvey(missing.of(name), each) for name, each in marks.formats.items()}
    _, cells = _survey(table, surveys, missing) if surveys else (0, {})
    settled = {
        name: as_found(check_chosen_kind(each.name, cells[name]))
        for name, each in marks.formats.items()
    }
    kinds = {n: kind for n, kind in settled.items() if isinstance(kind, ColumnKind)}
    unclear = {n: found.unclear[n] for n in settled.keys() - kinds.keys() if n in found.unclear}
    both = {**found.kinds, **kinds}
    rest = {n: column for n, column in found.unclear.items() if n not in kinds}
    return replace(
        found,
        kinds={name: kind for name, kind in both.items() if name not in marks.open},
        unclear={**rest, **unclear, **marks.open},
        notes=note_formats({n: marks.formats[n] for n in kinds}, found.cells, kinds),
    )


def _must_see_cells(in_file: ColumnType, chosen: str | None) -> bool:
    if chosen in {None, "category"}:
        return in_file == "category"
    if chosen in NUMBER_FORMATS:
        return in_file in {"category", "time"}
    return chosen == "boolean" and in_file in {"category", "number", "time"}


def _keep_type(in_file: ColumnType, chosen: str | None) -> ColumnKind:
    if chosen in NUMBER_FORMATS and in_file == "boolean":
        return ColumnKind("number", is_chosen=True)
    if chosen == "category" and in_file not in {"empty", "other"}:
        return ColumnKind("category", is_chosen=True)
    return ColumnKind(in_file, is_chosen=chosen is not None)
