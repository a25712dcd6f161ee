"""Read a CSV file in blocks, so that its text is never in memory at once."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from trainer.tables.columns.missing_values import IN_CSV

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
    missing: tuple[str, ...] = IN_CSV

    def __init__(self, path: Path) -> None:
        self._path = path
        names = csv.open_csv(path, parse_options=_PARSING).schema.names
        self.schema = pa.schema([(name, pa.string()) for name in names])

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
        yield from csv.open_csv(
            self._path,
            read_options=csv.ReadOptions(block_size=block_bytes),
            parse_options=_PARSING,
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()) | dict(types or {}),
                include_columns=list(columns),
                null_values=["", *nulls],
                strings_can_be_null=True,
            ),
        )
