"""An exported table, from which rows can be deleted."""

import contextlib
import csv
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

import pyarrow as pa
from pyarrow import parquet

from shared.errors import ExportedTableError
from shared.prediction_table.columns import ID, PREFIX
from shared.prediction_table.table_file import GROUP_ROWS, find_format
from shared.prediction_table.unfinished_tables import make_hidden_path, remove_unfinished
from shared.prediction_table.writers import LINE_END
from shared.store.durable_write import SECRET_MODE

IsWanted: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True)
class ExportedTable:
    """A file that `make predictions` wrote. The first column is the id."""

    path: Path

    def count(self, is_wanted: IsWanted) -> int:
        """Return the number of rows whose id is wanted; raise ExportedTableError."""
        with self._explained():
            return sum(map(is_wanted, self._read_ids()))

    def remove_unfinished(self) -> None:
        """Remove what killed commands have left beside the file; raise ExportedTableError."""
        with self._explained():
            remove_unfinished(self.path.parent)

    def delete(self, is_wanted: IsWanted) -> int:
        """Replace the file by one without the wanted rows, and return their number.

        The owner, group and mode stay. The caller makes the directory durable. Raises
        ExportedTableError; the file is then as it was.
        """
        with self._explained():
            temporary = make_hidden_path(self.path, "forget-")
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            try:
                with os.fdopen(os.open(temporary, flags, SECRET_MODE), "wb") as file:
                    deleted = self._copy(file, is_wanted)
                    file.flush()
                    _share_ownership(file.fileno(), self.path.stat())
                    os.fsync(file.fileno())
                temporary.rename(self.path)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    temporary.unlink()
        return deleted

    def _read_ids(self) -> Iterator[str]:
        if self._is_csv():
            with self._open_csv() as rows:
                next(rows)
                yield from (row[0] for row in rows if row)
            return
        with parquet.ParquetFile(self.path, pre_buffer=False) as table:
            (name,) = table.schema_arrow.names[:1] or [""]
            _require_id(name, self.path)
            for batch in table.iter_batches(GROUP_ROWS, columns=[name]):
                yield from batch.column(0).to_pylist()

    def _copy(self, file: IO[bytes], is_wanted: IsWanted) -> int:
        """Write all other rows to *file*; return the number of those left out."""
        copy = self._copy_csv if self._is_csv() else self._copy_groups
        return copy(file, is_wanted)

    def _copy_groups(self, file: IO[bytes], is_wanted: IsWanted) -> int:
        deleted = 0
        with (
            parquet.ParquetFile(self.path, pre_buffer=False) as table,
            parquet.ParquetWriter(file, table.schema_arrow) as writer,
        ):
            for batch in table.iter_batches(GROUP_ROWS):
                keep = [not is_wanted(each) for each in batch.column(0).to_pylist()]
                deleted += len(keep) - sum(keep)
                writer.write_batch(batch.filter(pa.array(keep, pa.bool_())))
        return deleted

    def _copy_csv(self, file: IO[bytes], is_wanted: IsWanted) -> int:
        deleted = 0
        with (
            self._open_csv() as rows,
            open(file.fileno(), "w", encoding="utf-8", newline="", closefd=False) as text,
        ):
            writer = csv.writer(text, lineterminator=LINE_END)
            writer.writerow(next(rows))
            for row in rows:
                if row and is_wanted(row[0]):
                    deleted += 1
                else:
                    writer.writerow(row)
        return deleted

    @contextlib.contextmanager
    def _open_csv(self) -> Iterator[Iterator[list[str]]]:
        """Open the file, and return all its rows after a check of the first."""
        csv.field_size_limit(sys.maxsize)
        with self.path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, strict=True)
            names = next(rows, [])
            _require_id(names[0] if names else "", self.path)
            yield _chain(names, rows)

    def _is_csv(self) -> bool:
        return find_format(self.path.name) == "csv"

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowException, csv.Error, UnicodeDecodeError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise ExportedTableError(
                f"The table {self.path} cannot be read and replaced: {reason}. It is as it was. "
                "Name tables that `make predictions` wrote: FILES=…"
            ) from error


def _chain(first: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rows


def _require_id(name: str, path: Path) -> None:
    own = name
    while own.startswith(PREFIX):
        own = own.removeprefix(PREFIX)
    if own != ID:
        raise ExportedTableError(
            f"The first column of {path} is {name!r}; expected {ID!r}. "
            "Name tables that `make predictions` wrote: FILES=…"
        )


def _share_ownership(descriptor: int, found: Any) -> None:
    os.fchmod(descriptor, found.st_mode & 0o777)
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (found.st_uid, found.st_gid):
        os.fchown(descriptor, found.st_uid, found.st_gid)
