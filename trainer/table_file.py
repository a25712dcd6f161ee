"""Reading a CSV or Parquet file into a table whose columns have one name each."""

from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from shared.errors import DatasetError
from trainer.dataset import name_columns

_PARQUET = (".parquet", ".pq")
_CSV = (".csv", ".csv.gz")


def read_table(path: Path) -> pa.Table:
    """Read *path*, which has at least one row.

    Raises DatasetError when it is missing, empty, unreadable or not such a file, and for columns
    without a name or with the same name.
    """
    _require_file(path)
    try:
        table = _read_parquet(path) if path.name.endswith(_PARQUET) else _read_csv(path)
        names = table.column_names
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DatasetError(f"TRAINER_DATASET={path} cannot be read: {reason}.") from error
    _require_names(path, names)
    if not table.num_rows:
        raise DatasetError(f"TRAINER_DATASET={path} is empty: it has column names, but no rows.")
    return table


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise DatasetError(f"TRAINER_DATASET={path} is a folder; give a CSV or Parquet file.")
    if not path.exists():
        raise DatasetError(f"TRAINER_DATASET={path} does not exist (looked in {Path.cwd()}).")
    if not path.name.endswith(_PARQUET + _CSV):
        raise DatasetError(
            f"TRAINER_DATASET={path} must be a file whose name ends with "
            f"{', '.join(_CSV + _PARQUET)}."
        )
    if path.is_file() and path.stat().st_size == 0:
        raise DatasetError(f"TRAINER_DATASET={path} is empty: it has no bytes.")


def _read_parquet(path: Path) -> pa.Table:
    with path.open("rb") as file:
        return parquet.read_table(file)


def _read_csv(path: Path) -> pa.Table:
    # Without this, an empty label would be a class whose name is the empty text.
    options = csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
    table = csv.read_csv(path, convert_options=options)
    if any(pa.types.is_binary(field.type) for field in table.schema):
        raise _not_utf8(path)
    return table


def _not_utf8(path: Path) -> DatasetError:
    return DatasetError(f"TRAINER_DATASET={path} is not in UTF-8; save it in that encoding.")


def _require_names(path: Path, names: list[str]) -> None:
    for number, name in enumerate(names, start=1):
        if not name.strip():
            raise DatasetError(
                f"Column {number} of {path} has no name. "
                "If pandas wrote the file, write it again with index=False."
            )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DatasetError(f"{path} has more than one {name_columns(twice)}; rename one of each.")
