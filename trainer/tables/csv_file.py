"""Reading a CSV file twice: first to learn its types and rows, then for its values.

So no type is guessed from the first rows, and memory never holds the file's text.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from trainer.tables.column_types import classify_type

_OPTIONS = {"strings_can_be_null": True}
"""Whether of a text or a number, an empty cell is a missing value, and so are NA and NaN."""


class CsvFile:
    """A CSV file, plain or compressed with gzip; raises what pyarrow raises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.schema, self.rows = self._survey()
        except pa.ArrowInvalid:  # the first block has narrower types than all others
            self.schema, self.rows = self._thorough_survey()

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """All rows in their order, only *columns*."""
        yield from self._open({field.name: field.type for field in self.schema}, columns)

    def _open(
        self, types: dict[str, pa.DataType], columns: Sequence[str] | None = None
    ) -> csv.CSVStreamingReader:
        return csv.open_csv(
            self._path,
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=columns, **_OPTIONS
            ),
        )

    def _survey(self) -> tuple[pa.Schema, int]:
        reader = self._open({})
        return _in_utf8(reader.schema), sum(batch.num_rows for batch in reader)

    def _thorough_survey(self) -> tuple[pa.Schema, int]:
        """The same, where each block is asked for its types alone."""
        texts = dict.fromkeys(self._open({}).schema.names, pa.string())
        types: dict[str, pa.DataType] = dict.fromkeys(texts, pa.null())
        rows = 0
        for batch in self._open(texts):
            rows += batch.num_rows
            block = pa.BufferOutputStream()
            csv.write_csv(batch, block)
            found = csv.read_csv(
                pa.BufferReader(block.getvalue()),
                parse_options=csv.ParseOptions(newlines_in_values=True),
                convert_options=csv.ConvertOptions(**_OPTIONS),
            )
            for field in found.schema:
                types[field.name] = _wider(types[field.name], field.type)
        return pa.schema(types.items()), rows


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The narrowest type that reads what both read."""
    if pa.types.is_null(one) or one == other:
        return other
    if pa.types.is_null(other):
        return one
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    is_time = classify_type(one) == classify_type(other) == "time"
    return pa.timestamp("ns") if is_time else pa.string()


def _in_utf8(schema: pa.Schema) -> pa.Schema:
    """Texts that are not in UTF-8 are bytes to pyarrow; as texts they are refused."""
    for place, field in enumerate(schema):
        if pa.types.is_binary(field.type):
            schema = schema.set(place, field.with_type(pa.string()))
    return schema
