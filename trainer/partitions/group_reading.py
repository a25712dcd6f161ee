"""Read row groups of a Parquet file, or a slice of a large one.

A reader of Parquet cannot begin inside a row group. So a worker keeps its readings of a row group
open, and the next slice continues there.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from shared.errors import DatasetError
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
    found = path.stat()
    state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    key = (path, state, tuple(columns), values, tuple(groups))
    reading = _OPEN.find(key, rows.start)
    if reading is None:
        batches = read_rows(
            path,
            columns,
            values,
            groups,
            batch_rows=min(_BATCH_ROWS, len(rows)),
            buffer=_BUFFER_BYTES,
        )
        reading = _Reading(key, columns, batches)
        _OPEN.keep(reading)
    return reading.take(rows)


class _Reading:
    """The row groups of a file. Some of their rows are read already."""

    def __init__(self, key: Any, columns: Sequence[str], batches: Iterator[pa.RecordBatch]) -> None:
        self.key = key
        """The file as it was found, and what is read of it."""
        self.columns = tuple(columns)
        self.position = 0
        """The index of the next row."""
        self.has_failed = False
        self._batches = batches
        self._rest: pa.RecordBatch | None = None

    def take(self, rows: range) -> Iterator[pa.RecordBatch]:
        """Yield these rows, and read those before them without a use."""
        while self.position < rows.stop:
            batch = self._read()
            first = max(0, rows.start - self.position)
            end = min(batch.num_rows, rows.stop - self.position)
            self._rest = batch.slice(end) if end < batch.num_rows else None
            self.position += end
            if first < end:
                yield batch.slice(first, end - first)

    def _read(self) -> pa.RecordBatch:
        if self._rest is not None:
            return self._rest
        self.has_failed = True  # unless the next line succeeds
        batch = next(self._batches, None)
        if batch is None:
            raise DatasetError(
                f"{self.key[0]} has fewer rows than at the start of the training. Let nobody write "
                "the table meanwhile, then train again."
            )
        self.has_failed = False
        return batch


class _OpenReadings(threading.local):
    """The readings that this thread has not finished."""

    def __init__(self) -> None:
        self._readings: list[_Reading] = []
        """The one that was used last is at the end."""

    def find(self, key: Any, row: int) -> _Reading | None:
        """Return the reading that can go on at *row*, if there is one; drop one that cannot."""
        reading = next((each for each in self._readings if each.key == key), None)
        if reading is None:
            return None
        self._readings.remove(reading)
        if reading.has_failed or reading.position > row:
            return None
        self._readings.append(reading)
        return reading

    def keep(self, reading: _Reading) -> None:
        """Keep a new reading open, and at most one other, such as the target's beside the features.

        A reading takes memory for each column. So only one of them has several columns.
        """
        others = [
            each
            for each in self._readings
            if each.columns != reading.columns and 1 in {len(each.columns), len(reading.columns)}
        ]
        self._readings = [*others[-1:], reading]


_OPEN = _OpenReadings()
