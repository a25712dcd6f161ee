"""Divide a folder of Parquet files into parts that a worker can hold in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from trainer.files.partition_folders import PartitionedFile
from trainer.partitions.group_reading import read_slice, read_whole

_MOST_CELLS = 4_000_000
"""Cells of a part, 32 MB as float64."""
_CELL_BYTES = 8
_PARTS_IN_MEMORY = 128
"""Parts, as float64, that fill the memory of a worker. Reading one takes several times its size."""


@dataclass(frozen=True)
class FilePart:
    """Some row groups of one file, or some rows of a single large one."""

    path: Path
    groups: tuple[int, ...]
    rows: int
    values: tuple[tuple[str, pa.Scalar], ...] = ()
    """Those of columns that the names of its folders say."""
    start: int | None = None
    """The first row in its only row group; None for all rows of its row groups."""


def count_cells(memory: int | None) -> int:
    """Return how many cells a part has at most, for workers with this many bytes of memory.

    None is memory without a limit.
    """
    if memory is None:
        return _MOST_CELLS
    return min(_MOST_CELLS, memory // _PARTS_IN_MEMORY // _CELL_BYTES)


def list_parts(
    files: Sequence[PartitionedFile], columns: int, memory: int | None = None
) -> list[FilePart]:
    """Divide files with this many columns into parts, in the order of the table.

    *memory* is that of the smallest worker, in bytes. Small row groups are joined, and a large one
    is divided.
    """
    most = max(1, count_cells(memory) // max(1, columns))
    parts = []
    for file in files:
        path = file.path
        metadata = parquet.read_metadata(path)
        groups: list[int] = []
        rows = 0
        for group in range(metadata.num_row_groups):
            more = metadata.row_group(group).num_rows
            if groups and rows + more > most:
                parts.append(FilePart(path, tuple(groups), rows, file.values))
                groups, rows = [], 0
            if more > most:
                for start in range(0, more, most):
                    count = min(most, more - start)
                    parts.append(FilePart(path, (group,), count, file.values, start))
                continue
            groups.append(group)
            rows += more
        if rows:
            parts.append(FilePart(path, tuple(groups), rows, file.values))
    return parts


def read_part(part: FilePart, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a part with only *columns*, both by their normal names."""
    if part.start is None:
        return read_whole(part.path, columns, part.values, part.groups)
    return read_slice(
        part.path, columns, part.values, part.groups, rows=range(part.start, part.start + part.rows)
    )
