"""Read a CSV file in blocks, so that its text is never in memory at once."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from trainer.tables.column_names import ColumnNames
from trainer.tables.columns.missing_spellings import CSV_SPELLINGS

_PARSING = csv.ParseOptions(newlines_in_values=True)
_MIN_BLOCK_BYTES = 1 << 22
_MAX_BLOCK_BYTES = 1 << 25
_COLUMN_BYTES = 1 << 13
"""Bytes of a block for each column: work that is done once for each block then takes no time."""


class CsvFile:
    """A CSV file, plain or compressed with gzip; raises what pyarrow raises.

    Every column is one of strings, because only its spelling says what it holds.
    """

    has_types = False
    missing_values: tuple[str, ...] = CSV_SPELLINGS

    def __init__(self, path: Path) -> None:
        self._path = path
        self.names = ColumnNames(csv.open_csv(path, parse_options=_PARSING).schema.names)
        self.schema = pa.schema([(name, pa.string()) for name in self.names.normal])

    def batches(
        self,
        columns: Sequence[str],
        nulls: Sequence[str] = (),
        types: Mapping[str, pa.DataType] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*, which are strings or of *types*.

        Empty cells and *nulls* are null, also in quotes.
        """
        block_bytes = min(max(_MIN_BLOCK_BYTES, _COLUMN_BYTES * len(columns)), _MAX_BLOCK_BYTES)
        reading = csv.ReadOptions(block_size=block_bytes)
        names = self.names.find_written(columns)
        if self.names.nameless:  # several columns may lack a name, so the reader gets ours
            names = list(columns)
            reading.column_names = list(self.names.normal)
            reading.skip_rows_after_names = 1
        arrow_types = dict.fromkeys(columns, pa.string()) | dict(types or {})
        batches = csv.open_csv(
            self._path,
            read_options=reading,
            parse_options=_PARSING,
            convert_options=csv.ConvertOptions(
                column_types={
                    name: arrow_types[column] for name, column in zip(names, columns, strict=True)
                },
                include_columns=names,
                null_values=["", *nulls],
                strings_can_be_null=True,
            ),
        )
        for batch in batches:
            yield batch.rename_columns(list(columns))
