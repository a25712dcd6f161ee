"""Read the fitted rows and the holdout as one table, so that both have one schema."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from shared.errors import DatasetError
from shared.text import quote
from trainer.files.csv_setting import CsvSetting
from trainer.files.file_errors import explain_errors
from trainer.files.open_table import open_table
from trainer.tables.column_names import format_columns
from trainer.tables.columns.column_types import classify_type
from trainer.tables.table_file import TableFile

_OTHER_ORDER = (
    "HOLDOUT and FITTED_ON have their columns in different orders. A model that does not name its "
    "columns gets them in the order of FITTED_ON."
)


class JoinedTable:
    """A table with the rows of FITTED_ON, then those of HOLDOUT, and the columns of HOLDOUT."""

    def __init__(
        self, fitted_on: Path | None, holdout: Path, setting: CsvSetting, *, is_utf_8: bool
    ) -> None:
        last = open_table(holdout, setting, is_utf_8=is_utf_8)
        first = last if fitted_on is None else open_table(fitted_on, setting, is_utf_8=is_utf_8)
        self._files = [last] if fitted_on is None else [first, last]
        self._paths = [holdout] if fitted_on is None else [fitted_on, holdout]
        self._rows = [0] * len(self._files)
        self.names, self.has_types = last.names, last.has_types
        self.missing_values = last.missing_values
        self.decimal, self.separator = last.decimal, last.separator
        self.unreadable = first.unreadable | last.unreadable
        self.schema = last.schema
        if fitted_on is not None:
            self._require_same(first, fitted_on, last, holdout)
            self.schema = pa.schema(
                [
                    _join_types(first.schema.field(name), last.schema.field(name))
                    for name in last.schema.names
                ]
            )

    @property
    def holdout_rows(self) -> int:
        """The number of rows of the holdout, known after a pass over all rows."""
        return self._rows[-1]

    @property
    def fitted_names(self) -> tuple[str, ...]:
        """The names of the columns in the order of FITTED_ON, or of HOLDOUT without it."""
        return tuple(self._files[0].names.normal)

    @property
    def note(self) -> str | None:
        """Sentences about how the files are written, if that is not usual."""
        notes = dict.fromkeys(file.note for file in self._files)
        if self._has_other_order():
            notes[_OTHER_ORDER] = None
        return " ".join(note for note in notes if note) or None

    def require_readable(self) -> None:
        """Raise DatasetError for columns that cannot be read."""
        for file in self._files:
            file.require_readable()

    def require_whole_rows(self, rows: int) -> None:
        """Raise DatasetError if the last pass has skipped rows, or if a file has no rows."""
        for path, file, count in zip(self._paths, self._files, self._rows, strict=True):
            file.require_whole_rows(rows)
            if not count:
                raise DatasetError(
                    f"TRAINER_DATASET={path} is empty: it has column names, but no rows."
                )

    def describe_row(self, row: int) -> str:
        """Return where a row is, counted from 0, and its file if there are several."""
        for path, file, rows in zip(self._paths, self._files, self._rows, strict=True):
            if row < rows:
                place = file.describe_row(row)
                return f"{place} of {path.name}" if place and self._files[1:] else place
            row -= rows
        return ""

    def batches(
        self,
        columns: Sequence[str],
        nulls: Sequence[str] = (),
        types: Mapping[str, pa.DataType] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*.

        Raises DatasetError that names the file that cannot be read.
        """
        for index, (path, file) in enumerate(zip(self._paths, self._files, strict=True)):
            self._rows[index] = 0
            with explain_errors(path):
                for batch in file.batches(columns, nulls, types):
                    self._rows[index] += batch.num_rows
                    yield batch

    def _has_other_order(self) -> bool:
        names = self.names.normal
        return [name for name in self._files[0].names.normal if name in names] != list(names)

    @staticmethod
    def _require_same(first: TableFile, fitted_on: Path, last: TableFile, holdout: Path) -> None:
        if first.has_types != last.has_types:
            raise DatasetError(
                f"FITTED_ON={fitted_on} and HOLDOUT={holdout} have different formats. "
                "Write both as CSV, or both as Parquet."
            )
        marks = {file.separator for file in (first, last)}
        if ";" in marks and len(marks) > 1 and last.decimal is None:
            raise DatasetError(
                f"FITTED_ON={fitted_on} and HOLDOUT={holdout} have different separators between "
                "columns, so 1.234 may be two numbers. Write both with the same separator, or "
                """name their decimal mark: TRAINER_CSV='{"decimal": "."}'."""
            )
        lacking = [name for name in last.names.normal if name not in first.names.normal]
        if lacking:
            raise DatasetError(
                f"FITTED_ON={fitted_on} lacks {format_columns(lacking)}, "
                f"which HOLDOUT={holdout} has. Give both tables the same columns."
            )
        for name in last.schema.names:
            types = [file.schema.field(name).type for file in (first, last)]
            kinds = {classify_type(type_) for type_ in types} - {"empty"}
            if len(kinds) > 1:
                raise DatasetError(
                    f"The column {quote(name)} is {types[0]} in FITTED_ON={fitted_on}, but "
                    f"{types[1]} in HOLDOUT={holdout}. Use one type."
                )


def _join_types(first: pa.Field, last: pa.Field) -> pa.Field:
    return first if classify_type(last.type) == "empty" else last
