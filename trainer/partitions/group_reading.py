"""Read row groups of a Parquet file, or a slice of a large one.

A reader of Parquet cannot begin inside a row group. So a worker keeps its reading of a row group
open, and the next slice continues there.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from trainer.files.parquet_rows import read_rows

_BATCH_ROWS = 16384
_BUFFER_BYTES = 1 << 16
"""Read buffer of each column of a large row group."""


def read_whole(
    path: Path, columns: Sequence[str], values: Any, groups: Sequence[int]
) -> Iterator[pa.RecordBatch]:
    """Yield all rows of *groups*. Each row group is read at once."""
    return read_rows(path, columns, values, groups)


def read_slice(
    path: Path, columns: Sequence[str], values: Any, groups: Sequence[int], *, rows: range
) -> Iterator[pa.RecordBatch]:
    """Yield some rows of *groups*, which are read in small pieces."""
    key = (path, tuple(columns), values, tuple(groups))
    if _OPEN.key != key or _OPEN.position > rows.start:
        batches = read_rows(
            path,
            columns,
            values,
            groups,
            batch_rows=min(_BATCH_ROWS, len(rows)),
            buffer=_BUFFER_BYTES,
        )
        _OPEN.begin(key, batches)
    return _OPEN.take(rows)


class _OpenReading(threading.local):
    """The reading that this thread has not finished."""

    key: Any = None
    position = 0
    """The index of the next row."""

    def begin(self, key: Any, batches: Iterator[pa.RecordBatch]) -> None:
        """Read other rows from their beginning."""
        self.key, self.position = key, 0
        self._batches = batches
        self._rest: pa.RecordBatch | None = None

    def take(self, rows: range) -> Iterator[pa.RecordBatch]:
        """Yield these rows, and read those before them without a use."""
        while self.position < rows.stop:
            rest = self._rest
            batch = next(self._batches) if rest is None else rest
            first = max(0, rows.start - self.position)
            end = min(batch.num_rows, rows.stop - self.position)
            self._rest = batch.slice(end) if end < batch.num_rows else None
            self.position += end
            if first < end:
                yield batch.slice(first, end - first)


_OPEN = _OpenReading()
