"""Join the parts of a scored table into one file, as Parquet or as CSV."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

import pyarrow as pa
from pyarrow import csv, parquet

from shared.contract.documents import Registry
from shared.errors import DatasetError, ExportedTableError
from shared.text import join_some, quote

Format: TypeAlias = Literal["parquet", "csv"]
_NOT_IN_CSV = (
    *(pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary),
    *(pa.types.is_fixed_size_binary, pa.types.is_binary_view),
)


def find_format(target: Path) -> Format:
    """Return the format that the end of a file's name says; raise ExportedTableError."""
    for ending in ("parquet", "csv"):
        if target.name.lower().endswith(f".{ending}"):
            return ending
    raise ExportedTableError(
        f"OUT={target} does not say the format of the table. End it with .parquet or .csv."
    )


def describe_version(registry: Registry) -> dict[str, str]:
    """Return what the metadata of a Parquet file say about the version, by their keys."""
    return {
        "modelgate.version": str(registry.version),
        "modelgate.digest": registry.digest,
        "modelgate.model_name": registry.model_name,
        "modelgate.candidate_id": registry.candidate_id,
    }


def require_writable(schema: pa.Schema, target_format: Format) -> None:
    """Raise DatasetError for columns that CSV cannot have, such as lists."""
    if target_format == "parquet":
        return
    if refused := [each.name for each in schema if not _fits_csv(_plain(each.type))]:
        raise DatasetError(
            f"A CSV file cannot have {join_some([*map(quote, refused)])}, which are lists, objects "
            "or bytes. Name a file that ends with .parquet, or set KEEP to the columns to keep."
        )


def write_whole(
    file: IO[bytes],
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    target_format: Format,
    metadata: Mapping[str, str],
) -> None:
    """Write all *tables* as one; raise OSError."""
    if target_format == "parquet":
        marked = schema.with_metadata(dict(metadata))
        with parquet.ParquetWriter(file, marked, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table.replace_schema_metadata(dict(metadata)))
        return
    plain = pa.schema([each.with_type(_plain(each.type)) for each in schema])
    options: Any = csv.WriteOptions(include_header=True)
    with csv.CSVWriter(file, plain, write_options=options) as writer:
        for table in tables:
            writer.write_table(table.cast(plain))


def _plain(type_: pa.DataType) -> pa.DataType:
    """Return the type that the CSV writer takes for values of a type."""
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    return pa.string() if pa.types.is_string_view(type_) else type_


def _fits_csv(type_: pa.DataType) -> bool:
    is_other = any(is_kind(type_) for is_kind in _NOT_IN_CSV)
    return not is_other and not isinstance(type_, pa.BaseExtensionType)
