"""Open a table on disk: its columns, and its rows in batches."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from shared.errors import DatasetError, EncodingError
from trainer.tables.column_names import ColumnNames
from trainer.tables.csv_file import CsvFile
from trainer.tables.parquet_files import ParquetFiles

_PARQUET = (".parquet", ".pq")
_CSV = (".csv", ".csv.gz")


class TableFile(Protocol):
    """A table in a file, or in a folder of files, whose rows are not in memory."""

    names: ColumnNames
    schema: pa.Schema
    """Every column by its normal name, with its type in the file."""
    has_types: bool
    """Whether the file says which columns are strings. In a CSV file, every column is."""
    missing_values: tuple[str, ...]
    """The spellings of a missing value in files of this format, besides the empty string."""
    unreadable: frozenset[str]
    """The normal names of columns that cannot be read; `require_readable` explains them."""

    def require_readable(self) -> None:
        """Raise DatasetError for columns that cannot be read."""
        ...

    def require_whole_rows(self, rows: int) -> None:
        """Raise DatasetError if the last pass has skipped rows, beside the *rows* that it read."""
        ...

    def batches(
        self,
        columns: Sequence[str],
        nulls: Sequence[str] = (),
        types: Mapping[str, pa.DataType] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*, both by their normal names.

        In a CSV file, *nulls* are read as null, and strings are converted to *types*.
        """
        ...


def open_table(path: Path, encoding: str = "utf8") -> TableFile:
    """Open the table at *path*, whose columns may still be unreadable.

    *encoding* is that of a CSV file.

    Raises DatasetError if the table is missing, damaged or of another format.
    """
    files = _parquet_files(path) if path.is_dir() else [path]
    for file in files:
        _require_file(file)
    with explain_errors(path):
        is_csv = path.name.endswith(_CSV) and not path.is_dir()
        table: TableFile = CsvFile(path, encoding) if is_csv else ParquetFiles(path, files)
    return table


@contextmanager
def explain_errors(path: Path) -> Iterator[None]:
    """Turn the errors of a damaged or unreadable file into a DatasetError of one sentence."""
    try:
        yield
    except (UnicodeDecodeError, pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        if isinstance(error, UnicodeDecodeError) or "invalid UTF8" in reason:
            raise EncodingError(
                f"TRAINER_DATASET={path} is not in UTF-8. Save it in that encoding."
            ) from error
        raise DatasetError(f"TRAINER_DATASET={path} cannot be read: {reason}.") from error


def _parquet_files(folder: Path) -> list[Path]:
    """List the Parquet files of a folder by name. Names that begin with . or _ are ignored."""
    with explain_errors(folder):
        entries = sorted(entry for entry in folder.iterdir() if entry.name[0] not in "._")
    folders = [entry.name for entry in entries if entry.is_dir()]
    if folders:
        raise DatasetError(
            f"TRAINER_DATASET={folder} contains the folder {folders[0]!r}. Put all Parquet files "
            "of a table into one folder."
        )
    files = [entry for entry in entries if entry.name.endswith(_PARQUET)]
    if not files:
        raise DatasetError(
            f"TRAINER_DATASET={folder} is a folder without Parquet files. Their names must end "
            f"with {' or '.join(_PARQUET)}."
        )
    return files


def _require_file(path: Path) -> None:
    if not path.exists():
        raise DatasetError(f"TRAINER_DATASET={path} does not exist (looked in {Path.cwd()}).")
    if not path.name.endswith(_PARQUET + _CSV):
        raise DatasetError(
            f"TRAINER_DATASET={path} must be a folder of Parquet files, or a file whose name ends "
            f"with {', '.join(_CSV + _PARQUET)}."
        )
    if path.is_file() and path.stat().st_size == 0:
        raise DatasetError(f"TRAINER_DATASET={path} is empty: it has no bytes.")
