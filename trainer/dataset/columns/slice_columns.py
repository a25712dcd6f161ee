"""Read the columns of TRAINER_SLICE_COLUMNS, which only divide the holdout into slices.

Cells that contradict each other are strings here: a group needs no type.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.contract.documents import FeatureType
from shared.errors import DatasetError
from shared.scoring.slice_columns import SliceColumn, SliceColumns
from shared.text import quote
from trainer.problems import Problems
from trainer.tables.category_column import CategoryColumn
from trainer.tables.columns.cell_reader import read_cells
from trainer.tables.columns.column_kind import STRINGS, ColumnKind
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.columns.text_cells import to_strings
from trainer.tables.dates.day_text import DateOrder
from trainer.tables.string_spellings import normalise_strings
from trainer.tables.time_column import parse_times

_MICROSECONDS = 1e6
Numbers = npt.NDArray[np.float64]
_Read = tuple[SliceColumn, Numbers]


def read_slice_columns(
    columns: Mapping[str, pa.ChunkedArray],
    kinds: Mapping[str, ColumnKind],
    missing: MissingSpellings,
    order: DateOrder | None,
) -> SliceColumns:
    """Return the columns with the values of all rows.

    *order* is that of day and month where the dates do not show it. Raises DatasetError that names
    each column that cannot divide rows.
    """
    problems, found = Problems(), list[_Read]()
    for name, column in columns.items():
        with problems:
            kind = kinds.get(name, STRINGS)
            found.append(_read_column(name, column, kind, missing.of(name), order))
    problems.require_none()
    values = np.asfortranarray(np.column_stack([values for _, values in found]))
    return SliceColumns(tuple(column for column, _ in found), values)


def _read_column(
    name: str,
    column: pa.ChunkedArray,
    kind: ColumnKind,
    missing: frozenset[str],
    order: DateOrder | None,
) -> _Read:
    if kind.type in {"number", "boolean"}:
        return _read_numbers(name, read_cells(column, kind, missing), kind)
    reason = ""
    if kind.type == "time":
        try:
            return _read_times(name, normalise_strings(column, missing), order)
        except DatasetError as error:  # such as times of day, which may be few
            reason = f" {error}"
    return _read_strings(name, column, missing, reason)


def _read_numbers(name: str, cells: pa.ChunkedArray, kind: ColumnKind) -> _Read:
    numbers = np.array(cells.cast(pa.float64(), safe=False).to_numpy())
    numbers[np.isnan(numbers)] = np.nan  # equal data must have one fingerprint
    infinite = int(np.isinf(numbers).sum())
    if infinite or np.isnan(numbers).all():
        what = f"infinite values in {infinite} rows" if infinite else "no values"
        raise _refuse(name, what, "Correct them, or remove it from the setting.")
    type_: FeatureType = "boolean" if kind.type == "boolean" else "number"
    return SliceColumn(name=name, type=type_, nullable=bool(np.isnan(numbers).any())), numbers


def _read_times(name: str, column: pa.ChunkedArray, order: DateOrder | None) -> _Read:
    is_known = np.asarray(column.is_valid().to_numpy())
    values, _ = parse_times(column.drop_null(), name, order)
    seconds = np.full(len(column), np.nan)
    seconds[is_known] = values.astype("datetime64[us]").astype(np.int64) / _MICROSECONDS
    nullable = not is_known.all()
    return SliceColumn(name=name, type="number", nullable=nullable, unit="seconds"), seconds


def _read_strings(
    name: str, column: pa.ChunkedArray, missing: frozenset[str], reason: str
) -> _Read:
    try:
        cells = to_strings(column)
    except pa.ArrowException as error:
        what = f"the type {column.type!s:.80}"
        raise _refuse(name, what, "Name a column of strings, numbers or times.") from error
    found = CategoryColumn(missing, is_chosen=True)
    codes = np.concatenate([found.read(chunk) for chunk in cells.chunks])
    if refusal := found.refusal():
        raise _refuse(name, refusal, f"Name a column of groups.{reason}")
    found.sort_codes(codes)
    column_of_groups = SliceColumn(
        name=name,
        type="category",
        nullable=bool(np.isnan(codes).any()),
        categories=found.categories,
    )
    return column_of_groups, codes


def _refuse(name: str, what: str, advice: str) -> DatasetError:
    return DatasetError(
        f"TRAINER_SLICE_COLUMNS={quote(name)} cannot divide the rows: it has {what}. {advice}"
    )
