"""The result of a query, whose rows are not in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from trainer.databases.result_columns import ResultColumn


@dataclass(frozen=True)
class QueryResult:
    """The columns of a result, and its rows in batches."""

    columns: Sequence[ResultColumn]
    schema: pa.Schema
    """The types of the batches, whose columns are those of the result by their place."""
    batches: Iterator[pa.RecordBatch]
