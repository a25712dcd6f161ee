"""Read Parquet: one file, or several files that form one table."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from shared.errors import DatasetError
from shared.inference.text_form import normalise_text
from trainer.files.parquet_rows import read_rows
from trainer.files.partition_folders import PartitionedFile
from trainer.problems import Problems
from trainer.tables.by_products import is_unnamed_index
from trainer.tables.column_names import ColumnNames
from trainer.tables.columns.column_types import classify_type


class ParquetFiles:
    """Parquet files with the same columns; raises what pyarrow raises.

    The Arrow types of a column may differ between files if all of them are numbers, all are
    strings, or all are booleans. A column without values fits any type.
    """

    has_types = True
    missing_values: tuple[str, ...] = ()
    note: str | None = None
    decimal: str | None = None
    separator: str | None = None

    def __init__(self, path: Path, parts: Sequence[PartitionedFile]) -> None:
        self._path = path
        self.parts = parts
        files = [part.path for part in parts]
        self._differences: dict[str, DatasetError] = {}
        columns: dict[str, tuple[pa.DataType, Path]] = {}
        schemas = [parquet.read_schema(file) for file in files]
        common = set(schemas[0].names).intersection(*(schema.names for schema in schemas))
        for part, written in zip(parts, schemas, strict=True):
            file = part.path
            # pandas writes an index only if rows were removed or moved.
            kept = [f for f in written if f.name in common or not is_unnamed_index(f.name)]
            inside = {normalise_text(field.name) for field in kept}
            kept += [
                pa.field(name, value.type) for name, value in part.values if name not in inside
            ]
            names = ColumnNames([field.name for field in kept])
            schema = names.normalise_schema(pa.schema(kept))
            if file == files[0]:
                self.names, self.schema = names, schema
            self._find_lacking(files[0], file, schema.names)
            for field in schema:
                self._join_field(columns, field, file)
        self.unreadable = self.names.duplicates | self._differences.keys()
        if len(files) > 1:
            self.schema = pa.schema((name, type_) for name, (type_, _) in columns.items())

    def require_readable(self) -> None:
        """Raise DatasetError if the columns of the files differ, or if a name cannot be used."""
        problems = Problems()
        with problems:
            self.names.require_usable(self._path)
        for error in self._differences.values():
            problems.add(error)
        problems.require_none()

    def require_whole_rows(self, rows: int) -> None:
        """Do nothing: a row cannot have another number of cells."""

    def describe_row(self, row: int) -> str:
        """Return the number of a row from 1, and its file if there are several."""
        for part in self.parts:
            rows = parquet.read_metadata(part.path).num_rows
            if row < rows:
                return f"row {row + 1}" + (f" of {self._show(part.path)}" if self.parts[1:] else "")
            row -= rows
        return ""

    def batches(
        self,
        columns: Sequence[str],
        nulls: Sequence[str] = (),  # noqa: ARG002 - a null is not a string here
        types: Mapping[str, pa.DataType] | None = None,  # noqa: ARG002 - the file has types
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows, file by file, with only *columns*."""
        for part in self.parts:
            yield from read_rows(part.path, columns, part.values)

    def _show(self, file: Path) -> str:
        """Return the name of a file within the folder."""
        return file.name if file == self._path else str(file.relative_to(self._path))

    def _find_lacking(self, first: Path, file: Path, names: Sequence[str]) -> None:
        """Keep a difference for each column that only one of the two files has."""
        expected = self.schema.names
        for name in dict.fromkeys((*expected, *names)):
            if (name in expected) != (name in names):
                has, lacks = (first, file) if name in expected else (file, first)
                self._differ(
                    name,
                    f"The files in {self._path} have different columns: {self._show(lacks)} lacks "
                    f"column {name!r:.80}, which {self._show(has)} has. Give all files the "
                    "same columns.",
                )

    def _join_field(
        self, columns: dict[str, tuple[pa.DataType, Path]], field: pa.Field, file: Path
    ) -> None:
        known, known_file = columns.setdefault(field.name, (field.type, file))
        known_type, type_ = classify_type(known), classify_type(field.type)
        if "empty" in {known_type, type_}:
            if known_type == "empty":
                columns[field.name] = (field.type, file)
        elif known_type != type_ and known_file != file:  # duplicate names are another problem
            self._differ(
                field.name,
                f"The files in {self._path} have different types: column {field.name!r:.80} is "
                f"{field.type} in {self._show(file)}, but {known} in {self._show(known_file)}. "
                "Use one type.",
            )

    def _differ(self, column: str, message: str) -> None:
        """Keep the first difference of a column."""
        self._differences.setdefault(column, DatasetError(message))
