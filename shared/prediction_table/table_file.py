"""Export the prediction log as one table, in two passes: first the columns, then the rows."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Literal, TypeAlias

from shared.errors import ExportedTableError, StoreWriteError
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segments import list_prediction_segments
from shared.prediction_table.columns import Observed
from shared.prediction_table.selection import SelectedRows, Selection
from shared.prediction_table.unfinished_tables import make_hidden_path, remove_unfinished
from shared.prediction_table.writers import CsvTable, ParquetTable, TableWriter
from shared.store.durable_write import SECRET_MODE, fsync_directory
from shared.store.store import ModelStore

Format: TypeAlias = Literal["parquet", "csv"]
GROUP_ROWS = 20_000
"""Rows that are in memory at the same time, and rows of one group of a Parquet file."""


@dataclass(frozen=True)
class Exported:
    """The content of an exported table."""

    rows: int
    labelled: int
    """Rows whose label is known."""
    versions: tuple[int, ...]
    invalid: int
    """Invalid lines of the log, which are left out."""


def find_format(name: str) -> Format:
    """Return the format that the end of a file's name says; raise ExportedTableError."""
    for ending in ("parquet", "csv"):
        if name.lower().endswith(f".{ending}"):
            return ending
    raise ExportedTableError(
        f"The name {name} does not say the format of the table. End it with .parquet or .csv: "
        "FILE=…"
    )


class PredictionTable:
    """The table of a store's logged rows, before it is written."""

    def __init__(
        self,
        store: ModelStore,
        selection: Selection,
        progress: Callable[[int, int], object] = lambda _read, _all: None,
    ) -> None:
        """Read the labels, and the columns of all selected rows.

        Raises:
            ExportedTableError: No row is selected.
            OSError: The store cannot be read.
            UnsafeFileError: A path contains a link.
        """
        segments = list_prediction_segments(store.layout)
        self._rows = SelectedRows(segments, selection, progress)
        self._observed = Observed(read_newest_labels(store.layout, sys.maxsize))
        for row in self._rows:
            self._observed.add(row)
        if not self._observed.rows:
            raise ExportedTableError(
                f"No logged row is selected. Published segments that were read: {len(segments)}. "
                "The predictor logs rows if PREDICTOR_LOG_SHARE is above 0, and publishes them "
                "after a minute."
            )

    def write(self, file: IO[bytes], table_format: Format) -> Exported:
        """Write the table to *file*; raise OSError."""
        columns = self._observed.columns()
        table: TableWriter = (
            ParquetTable(file, columns) if table_format == "parquet" else CsvTable(file, columns)
        )
        written, rows = 0, iter(self._rows)
        while group := list(islice(rows, GROUP_ROWS)):
            table.write(group)
            written += len(group)
        table.close()
        observed = self._observed
        versions = tuple(sorted(observed.versions))
        return Exported(written, observed.labelled, versions, self._rows.invalid)


def write_table(table: PredictionTable, target: Path) -> Exported:
    """Write *table* to the new file *target*, durably and completely, or not at all.

    Only its owner can read the file, because it contains rows of people.

    Raises:
        ExportedTableError: *target* exists, or its name does not say the format.
        StoreWriteError: The file cannot be written.
    """
    table_format = find_format(target.name)
    with new_file(target) as file:
        return table.write(file, table_format)


@contextlib.contextmanager
def new_file(target: Path) -> Iterator[IO[bytes]]:
    """Open a new file that gets the name *target* if no error occurs.

    Raises ExportedTableError if *target* exists, StoreWriteError if it cannot be written.
    """
    if target.exists():
        raise ExportedTableError(f"{target} exists already. Name a new file: FILE=…")
    temporary = make_hidden_path(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_unfinished(target.parent, target.name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(temporary, flags, SECRET_MODE), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _rename(temporary, target)
        fsync_directory(target.parent)
    except OSError as error:
        raise StoreWriteError(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _rename(temporary: Path, target: Path) -> None:
    try:
        temporary.rename(target)
    except FileNotFoundError as error:
        raise ExportedTableError(
            f"{target} was not written: its hidden file was removed meanwhile. `make forget` and "
            "an export with the same name do so. Repeat this command."
        ) from error
