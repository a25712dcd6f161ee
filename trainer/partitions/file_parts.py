"""Divide a folder of Parquet files into parts that a worker can hold in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from trainer.files.parquet_rows import read_rows
from trainer.files.partition_folders import PartitionedFile

_MOST_CELLS = 4_000_000
"""Cells of a part, 32 MB as float64, unless a single row group has more."""


@dataclass(frozen=True)
class FilePart:
    """Some row groups of one file."""

    path: Path
    groups: tuple[int, ...]
    rows: int
    values: tuple[tuple[str, pa.Scalar], ...] = ()
    """Those of columns that the names of its folders say."""


def list_parts(files: Sequence[PartitionedFile], columns: int) -> list[FilePart]:
    """Divide files with this many columns into parts, in the order of the table."""
    parts = []
    for file in files:
        path = file.path
        metadata = parquet.read_metadata(path)
        groups: list[int] = []
        rows = 0
        for group in range(metadata.num_row_groups):
            more = metadata.row_group(group).num_rows
            if groups and (rows + more) * columns > _MOST_CELLS:
                parts.append(FilePart(path, tuple(groups), rows, file.values))
                groups, rows = [], 0
            groups.append(group)
            rows += more
        if rows:
            parts.append(FilePart(path, tuple(groups), rows, file.values))
    return parts


def read_part(part: FilePart, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a part with only *columns*, both by their normal names."""
    return read_rows(part.path, columns, part.values, part.groups)
