"""Rows that wait for their predictions, in batches: a table now, and any other source later."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from trainer.tables.columns.number_formats import NumberFormat


class RowSource(Protocol):
    """A source of rows. It gives the same rows in the same order each time."""

    name: str
    """The source as messages name it, such as `IN=rows.csv`."""
    schema: pa.Schema
    """Every column by its normal name."""
    rows: int
    """The number of all rows."""
    number_formats: Mapping[str, NumberFormat]
    """The format of the numbers in each column of strings that a feature of numbers needs."""
    fingerprint: Any
    """JSON that changes when the rows may have changed. None if an interrupted run cannot go on."""

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*; raise DatasetError."""
        ...
