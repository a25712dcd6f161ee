"""Read a CSV file twice: first for its types and its number of rows, then for its values.

So all rows decide on the types, and the text of the file is never in memory at once.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from trainer.tables.column_names import ColumnNames
from trainer.tables.column_types import classify_type
from trainer.tables.missing_spellings import CSV_SPELLINGS

_PARSING = csv.ParseOptions(newlines_in_values=True)
_OPTIONS = {"strings_can_be_null": True, "null_values": ["", *CSV_SPELLINGS]}
"""Missing values are the same in every column, strings included."""


class CsvFile:
    """A CSV file, plain or compressed with gzip; raises what pyarrow raises."""

    missing_values: tuple[str, ...] = CSV_SPELLINGS

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = csv.ReadOptions()
        self.names = ColumnNames(self._open({}).schema.names)
        if self.names.nameless:  # several columns may lack a name, so the reader gets ours
            names = [*self.names.normal]
            self._reading = csv.ReadOptions(column_names=names, skip_rows_after_names=1)
        try:
            schema, self.rows = self._survey()
        except pa.ArrowInvalid:  # a later block does not fit the types of the first block
            schema, self.rows = self._survey_by_block()
        self._types = {field.name: field.type for field in schema}
        self.schema = self.names.normalise_schema(schema)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*."""
        read = columns if self.names.nameless else self.names.find_written(columns)
        for batch in self._open(self._types, read):
            yield batch.rename_columns(list(columns))

    def _open(
        self, types: dict[str, pa.DataType], columns: Sequence[str] | None = None
    ) -> csv.CSVStreamingReader:
        return csv.open_csv(
            self._path,
            read_options=self._reading,
            parse_options=_PARSING,
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=columns, **_OPTIONS
            ),
        )

    def _survey(self) -> tuple[pa.Schema, int]:
        reader = self._open({})
        return _binary_to_string(reader.schema), sum(batch.num_rows for batch in reader)

    def _survey_by_block(self) -> tuple[pa.Schema, int]:
        """Infer the types of each block separately, and join them."""
        strings = dict.fromkeys(self._open({}).schema.names, pa.string())
        types: dict[str, pa.DataType] = dict.fromkeys(strings, pa.null())
        rows = 0
        for batch in self._open(strings):
            rows += batch.num_rows
            block = pa.BufferOutputStream()
            csv.write_csv(batch, block)
            inferred = csv.read_csv(
                pa.BufferReader(block.getvalue()),
                parse_options=_PARSING,
                convert_options=csv.ConvertOptions(**_OPTIONS),
            )
            for field in inferred.schema:
                types[field.name] = _join_types(types[field.name], field.type)
        return pa.schema(types.items()), rows


def _join_types(first: pa.DataType, second: pa.DataType) -> pa.DataType:
    """Return the narrowest type that reads the values of both types."""
    if pa.types.is_null(first) or first == second:
        return second
    if pa.types.is_null(second):
        return first
    if {first, second} == {pa.int64(), pa.float64()}:
        return pa.float64()
    is_time = classify_type(first) == classify_type(second) == "time"
    return pa.timestamp("ns") if is_time else pa.string()


def _binary_to_string(schema: pa.Schema) -> pa.Schema:
    """Read binary columns as strings. pyarrow infers binary for text that is not in UTF-8."""
    return pa.schema(f.with_type(pa.string()) if pa.types.is_binary(f.type) else f for f in schema)
