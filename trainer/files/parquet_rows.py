"""Read rows of one Parquet file, with the columns that the names of its folders say."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from trainer.tables.column_names import ColumnNames

_BATCH_ROWS = 16384
_BUFFER_BYTES = 1 << 18
"""Read buffer of each column. Without it, pyarrow reads all columns of a row group at once."""


def read_rows(
    path: Path,
    columns: Sequence[str],
    values: Sequence[tuple[str, pa.Scalar]] = (),
    groups: Sequence[int] | None = None,
    *,
    batch_rows: int = _BATCH_ROWS,
    buffer: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows with only *columns*, by their normal names; of *groups*, or of all.

    *values* are those of columns that are the same in all rows. The file's own column precedes.
    *buffer* is that of each column, in bytes; 0 reads all columns of a row group at once.
    """
    if buffer is None:
        buffer = _BUFFER_BYTES if groups is None else 0
    with parquet.ParquetFile(path, pre_buffer=False, buffer_size=buffer) as file:
        names = ColumnNames(file.schema_arrow.names)
        known = set(names.normal)
        added = {name: value for name, value in values if name in columns and name not in known}
        written = names.find_written([name for name in columns if name not in added])
        row_groups = None if groups is None else list(groups)
        for batch in file.iter_batches(batch_rows, row_groups=row_groups, columns=written):
            read = names.normalise_batch(batch)
            if added:
                arrays = [
                    pa.repeat(added[name], batch.num_rows) if name in added else read.column(name)
                    for name in columns
                ]
                read = pa.RecordBatch.from_arrays(arrays, names=list(columns))
            yield read
