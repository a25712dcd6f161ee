"""Read Parquet: one file, or several files that form one table."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from shared.errors import DatasetError
from trainer.tables.by_products import is_unnamed_index
from trainer.tables.column_names import ColumnNames
from trainer.tables.columns.column_types import classify_type

_BATCH_ROWS = 16384
_BUFFER_BYTES = 1 << 18
"""Read buffer of each column. Without it, pyarrow reads all columns of a row group at once."""


class ParquetFiles:
    """Parquet files with the same columns; raises what pyarrow raises.

    The Arrow types of a column may differ between files if all of them are numbers, all are
    strings, or all are booleans. A column without values fits any type.
    Raises DatasetError if the columns differ.
    """

    has_types = True
    missing_values: tuple[str, ...] = ()

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        columns: dict[str, tuple[pa.DataType, Path]] = {}
        schemas = [parquet.read_schema(file) for file in files]
        common = set(schemas[0].names).intersection(*(schema.names for schema in schemas))
        for file, written in zip(files, schemas, strict=True):
            # pandas writes an index only if rows were removed or moved.
            kept = [f for f in written if f.name in common or not is_unnamed_index(f.name)]
            names = ColumnNames([field.name for field in kept])
            schema = names.normalise_schema(pa.schema(kept))
            if file == files[0]:
                self.names, self.schema = names, schema
            _require_same_columns(files[0], self.schema.names, file, schema.names)
            for field in schema:
                _join_field(columns, field, file)
        if len(files) > 1:
            self.schema = pa.schema((name, type_) for name, (type_, _) in columns.items())

    def batches(
        self,
        columns: Sequence[str],
        nulls: Sequence[str] = (),  # noqa: ARG002 - a null is not a string here
        types: Mapping[str, pa.DataType] | None = None,  # noqa: ARG002 - the file has types
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows, file by file, with only *columns*."""
        for path in self._files:
            with parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file:
                names = ColumnNames(file.schema_arrow.names)
                for batch in file.iter_batches(_BATCH_ROWS, columns=names.find_written(columns)):
                    yield names.normalise_batch(batch)


def _require_same_columns(first: Path, expected: list[str], file: Path, names: list[str]) -> None:
    for name in (*expected, *names):
        if (name in expected) != (name in names):
            has, lacks = (first, file) if name in expected else (file, first)
            raise DatasetError(
                f"The files in {file.parent} have different columns: {lacks.name} lacks column "
                f"{name!r:.80}, which {has.name} has. Give all files the same columns."
            )


def _join_field(columns: dict[str, tuple[pa.DataType, Path]], field: pa.Field, file: Path) -> None:
    known, known_file = columns.setdefault(field.name, (field.type, file))
    known_type, type_ = classify_type(known), classify_type(field.type)
    if "empty" in {known_type, type_}:
        if known_type == "empty":
            columns[field.name] = (field.type, file)
    elif known_type != type_ and known_file != file:  # `open_table` reports duplicate names
        raise DatasetError(
            f"The files in {file.parent} have different types: column {field.name!r:.80} is "
            f"{field.type} in {file.name}, but {known} in {known_file.name}. Use one type."
        )
