"""Reading Parquet: one file, or several that are one table."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from shared.errors import DatasetError
from trainer.tables.column_types import classify_type

_BATCH_ROWS = 16384
_BUFFER_BYTES = 1 << 18
"""Of each column; without it, all columns of a row group are read at once."""


class ParquetFiles:
    """Files with the same columns; raises what pyarrow raises, and DatasetError where they differ.

    The same column may be of other types in other files, as long as all are numbers, or texts, or
    booleans, or without any value.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self.rows = 0
        columns: dict[str, tuple[pa.DataType, Path]] = {}
        for file in files:
            metadata = parquet.read_metadata(file)
            schema = metadata.schema.to_arrow_schema()
            self.rows += metadata.num_rows
            if file == files[0]:
                self.schema = schema
            _require_same_columns(files[0], self.schema.names, file, schema.names)
            for field in schema:
                _add(columns, field, file)
        if len(files) > 1:
            self.schema = pa.schema((name, type_) for name, (type_, _) in columns.items())

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """All rows, file by file, only *columns*."""
        for path in self._files:
            with parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file:
                yield from file.iter_batches(_BATCH_ROWS, columns=list(columns))


def _require_same_columns(first: Path, expected: list[str], file: Path, found: list[str]) -> None:
    for name in expected:
        if name not in found:
            raise DatasetError(
                f"{file.parent} is not one table: {file.name} has no column {name!r:.80}, which "
                f"{first.name} has."
            )
    for name in found:
        if name not in expected:
            raise DatasetError(
                f"{file.parent} is not one table: {file.name} has a column {name!r:.80}, which "
                f"{first.name} has not."
            )


def _add(columns: dict[str, tuple[pa.DataType, Path]], field: pa.Field, file: Path) -> None:
    known, where = columns.setdefault(field.name, (field.type, file))
    kinds = (classify_type(known), classify_type(field.type))
    if "nothing" in kinds:
        if kinds[0] == "nothing":
            columns[field.name] = (field.type, file)
    elif kinds[0] != kinds[1] and where != file:  # a name that stands twice is told later
        raise DatasetError(
            f"{file.parent} is not one table: the column {field.name!r:.80} holds {field.type} in "
            f"{file.name}, but {known} in {where.name}."
        )
