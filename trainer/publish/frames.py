"""Write the tables of a notebook into files, which are read as any table is."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from shared.errors import DatasetError


def write_frame(frame: Any, name: str, folder: Path) -> Path:
    """Write a table of pandas, Arrow or Polars as Parquet; return a path as it is.

    *name* is the argument that has the table. Raises DatasetError for other objects, and for
    columns with values of several types.
    """
    if isinstance(frame, str | Path):
        return Path(frame)
    path = folder / f"{name}.parquet"
    try:
        parquet.write_table(_without_views(_to_arrow(frame, name)), path)
    except (pa.ArrowException, ValueError, TypeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise DatasetError(
            f"{name} cannot be written as a table: {reason}. Give each column a name of its own "
            "and values of one type."
        ) from error
    return path


def _to_arrow(frame: Any, name: str) -> pa.Table:
    if isinstance(frame, pd.DataFrame):
        named = frame.set_axis([str(column) for column in frame.columns], axis=1)
        return pa.Table.from_pandas(named, preserve_index=False).replace_schema_metadata()
    if isinstance(frame, pa.Table):
        return frame
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    raise DatasetError(
        f"{name} is an object of the type {type(frame).__module__}.{type(frame).__name__}. It must "
        "be a table of pandas, Arrow or Polars, or the path of a CSV or Parquet file."
    )


def _without_views(table: pa.Table) -> pa.Table:
    """Return the table with ordinary strings, as those of the other table, which may be pandas'."""
    types = [
        pa.large_string() if pa.types.is_string_view(field.type) else field.type
        for field in table.schema
    ]
    fields = zip(table.schema, types, strict=True)
    return table.cast(pa.schema([field.with_type(type_) for field, type_ in fields]))
