"""Open a table by the name of its file or folder."""

from pathlib import Path

from shared.errors import DatasetError
from shared.table_form.file_kinds import GZIP, HEAD_BYTES, PARQUET, find_kind
from trainer.files.csv_file import CsvFile
from trainer.files.csv_setting import CsvSetting
from trainer.files.file_errors import explain_errors
from trainer.files.parquet_files import ParquetFiles
from trainer.files.partition_folders import PARQUET_ENDS, PartitionedFile, list_files
from trainer.files.table_formats import require_plain
from trainer.files.text_stream import is_compressed, read_head
from trainer.tables.table_file import TableFile

CSV_ENDS = tuple(f"{end}{gz}" for end in (".csv", ".tsv", ".tab", ".txt") for gz in ("", ".gz"))
_SHOWN_ENDS = ".csv, .csv.gz, .tsv, .txt, .parquet, .pq"


def open_table(
    path: Path, setting: CsvSetting | None = None, *, is_utf_8: bool = True
) -> TableFile:
    """Open the table at *path*, whose columns may still be unreadable.

    *setting* is about a CSV file. Without *is_utf_8*, a CSV file was found not to be in UTF-8.

    Raises DatasetError if the table is missing, damaged or of another format.
    """
    if not path.exists():
        raise DatasetError(f"TRAINER_DATASET={path} does not exist (looked in {Path.cwd()}).")
    with explain_errors(path):
        require_plain(path)
    if path.is_dir():
        with explain_errors(path):
            found = list_files(path)
        return _open_files(path, found)
    if path.name.lower().endswith(PARQUET_ENDS):
        return _open_files(path, [PartitionedFile(path)])
    with explain_errors(path):
        _require_csv(path)
        return CsvFile(path, setting or CsvSetting(), is_utf_8=is_utf_8)


def _open_files(path: Path, parts: list[PartitionedFile]) -> TableFile:
    for part in parts:
        with explain_errors(part.path):
            _require_parquet(part.path)
    with explain_errors(path):
        return ParquetFiles(path, parts)


def _require_csv(path: Path) -> None:
    _require_bytes(path)
    raw = _read_start(path)
    kind = find_kind(raw, path)
    if not path.name.lower().endswith(CSV_ENDS):
        what = "" if kind is None else f" is {kind.name}. {kind.advice} It"
        raise DatasetError(
            f"TRAINER_DATASET={path}{what} must be a folder of Parquet files, or a file whose name "
            f"ends with {_SHOWN_ENDS}."
        )
    if is_compressed(path):
        if kind is None:
            raise DatasetError(
                f"TRAINER_DATASET={path} is not compressed with gzip, although its name ends with "
                ".gz. Give it a name without .gz."
            )
        if kind is GZIP:
            kind = find_kind(read_head(path)[0])
            if kind is not None:
                raise DatasetError(
                    f"TRAINER_DATASET={path} contains {kind.name}, not a CSV file. {kind.advice}"
                )
    if kind is not None:
        raise DatasetError(f"TRAINER_DATASET={path} is {kind.name}, not a CSV file. {kind.advice}")


def _require_parquet(path: Path) -> None:
    _require_bytes(path)
    raw = _read_start(path)
    kind = find_kind(raw, path)
    if kind is PARQUET:
        return
    what = "is not a Parquet file, although its name says so. Write it again"
    if kind is not None:
        what = f"is {kind.name}, not a Parquet file. {kind.advice[:-1]}"
    elif b"\0" not in raw:
        what = "is text, not a Parquet file. If it is CSV, give it a name that ends with .csv"
    raise DatasetError(f"TRAINER_DATASET={path} {what}.")


def _require_bytes(path: Path) -> None:
    if path.is_file() and path.stat().st_size == 0:
        raise DatasetError(f"TRAINER_DATASET={path} is empty: it has no bytes.")


def _read_start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
