"""A table on disk: its columns, and its rows in batches."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from trainer.tables.column_names import ColumnNames


class TableFile(Protocol):
    """A table in a file, or in a folder of files, whose rows are not in memory."""

    names: ColumnNames
    schema: pa.Schema
    """Every column by its normal name, with its type in the file."""
    has_types: bool
    """Whether the file says which columns are strings. In a CSV file, every column is."""
    missing_values: tuple[str, ...]
    """The spellings of a missing value in files of this format, besides the empty string."""
    decimal: str | None
    """The decimal mark that a person has chosen for a CSV file."""
    separator: str | None
    """The separator of the columns of a CSV file."""
    unreadable: frozenset[str]
    """The normal names of columns that cannot be read; `require_readable` explains them."""

    @property
    def note(self) -> str | None:
        """A sentence about how the file is written, if that is not usual."""
        ...

    def require_readable(self) -> None:
        """Raise DatasetError for columns that cannot be read."""
        ...

    def require_whole_rows(self, rows: int) -> None:
        """Raise DatasetError if the last pass has skipped rows, beside the *rows* that it read."""
        ...

    def describe_row(self, row: int) -> str:
        """Return where a row is, counted from 0, as in `line 17`; empty if it is not found."""
        ...

    def batches(
        self,
        columns: Sequence[str],
        nulls: Sequence[str] = (),
        types: Mapping[str, pa.DataType] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*, both by their normal names.

        In a CSV file, *nulls* are read as null, and strings are converted to *types*.
        """
        ...
