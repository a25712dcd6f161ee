"""Write the table as Parquet or as CSV, some rows at a time."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO, Any, Protocol

import pyarrow as pa
from pyarrow import parquet

from shared.prediction_log.logged_row import LoggedRow
from shared.prediction_table.columns import Column, Kind

LINE_END = "\r\n"
"""The end of a line of CSV, as in RFC 4180. With another one, Python quotes no carriage return."""
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
    Kind.BOOLEAN: pa.bool_(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
}


class TableWriter(Protocol):
    """A table in a file that grows by rows."""

    def write(self, rows: Sequence[LoggedRow]) -> None:
        """Append *rows*; raise OSError."""

    def close(self) -> None:
        """Write the end of the table; raise OSError. The file stays open."""


class ParquetTable:
    """A table as Parquet: each call writes one group of rows."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        self._columns = columns
        self._schema = pa.schema([(each.name, _TYPES[each.kind]) for each in columns])
        self._writer = parquet.ParquetWriter(file, self._schema)

    def write(self, rows: Sequence[LoggedRow]) -> None:
        """Append *rows*."""
        arrays = [
            pa.array([column.read(row) for row in rows], _TYPES[column.kind])
            for column in self._columns
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """Write the index of all groups."""
        self._writer.close()


class CsvTable:
    """A table as CSV in UTF-8, with a line of names. A null is an empty cell."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        self._columns = columns
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self._writer = csv.writer(self._text, lineterminator=LINE_END)
        self._writer.writerow(each.name for each in columns)

    def write(self, rows: Sequence[LoggedRow]) -> None:
        """Append *rows*."""
        reads = [each.read for each in self._columns]
        self._writer.writerows([_spell(read(row)) for read in reads] for row in rows)

    def close(self) -> None:
        """Write what is buffered."""
        self._text.flush()
        self._text.detach()


def _spell(cell: Any) -> Any:
    """Return *cell* as CSV has it: booleans as in JSON, times in UTC with a Z."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return cell
