"""The rows of a query as a table."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
from pyarrow import parquet

from trainer.databases.address import DatabaseAddress
from trainer.databases.query_process import QueryRows
from trainer.databases.result_columns import UnreadType
from trainer.files.parquet_rows import read_rows
from trainer.tables.column_names import ColumnNames


class QueryTable:
    """The rows of a query, which have the types of the database."""

    has_types = True
    missing_values: tuple[str, ...] = ()
    note: str | None = None
    decimal: str | None = None
    separator: str | None = None

    def __init__(self, address: DatabaseAddress, rows: QueryRows) -> None:
        self._address = address
        self._rows = rows
        self.names = ColumnNames(rows.names)
        self.unreadable = self.names.duplicates
        kept = parquet.read_schema(rows.path)
        self._places = dict(zip(self.names.normal, kept.names, strict=True))
        types = zip(self.names.normal, kept.types, rows.unread, strict=True)
        self.schema = pa.schema(
            [(name, UnreadType(unread) if unread else type_) for name, type_, unread in types]
        )

    def require_readable(self) -> None:
        """Raise DatasetError for names that cannot be used."""
        self.names.require_usable(self._address)

    def require_whole_rows(self, rows: int) -> None:
        """Do nothing: a row cannot have another number of cells."""

    def describe_row(self, row: int) -> str:
        """Return the number of a row from 1."""
        return f"row {row + 1} of the query"

    def batches(
        self,
        columns: Sequence[str],
        nulls: Sequence[str] = (),  # noqa: ARG002 - a null is not a string here
        types: Mapping[str, pa.DataType] | None = None,  # noqa: ARG002 - the database has types
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*."""
        for batch in read_rows(self._rows.path, [self._places[name] for name in columns]):
            yield batch.rename_columns(list(columns))
