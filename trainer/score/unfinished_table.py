"""The parts of a table that is not finished, in a hidden folder beside its final name.

Each part is a whole Parquet file that gets its name by one rename. Its name is the number of rows
up to its end. So a run that was killed goes on after the last part.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
from pyarrow import parquet

from shared.errors import ExportedTableError, StoreWriteError
from shared.store.durable_write import fsync_directory, replace_file

_PLAN = "plan.json"
_PART_ENDING = ".part"
_TEMPORARY = "unfinished"
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


class UnfinishedTable:
    """The folder with the parts. One process at a time can enter its `with` block."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.folder = target.with_name(f".{target.name}-unfinished")
        self.rows = 0
        """The rows of all parts."""
        self._lock = -1

    def __enter__(self) -> Self:
        """Make and lock the folder.

        Raises ExportedTableError if the target exists or another process makes it, and
        StoreWriteError if the folder cannot be made.
        """
        with self._explaining():
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(_FOLDER_MODE, exist_ok=True)
            self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._take_lock()
        if self.target.exists():
            self._remove()
            os.close(self._lock)
            raise ExportedTableError(f"{self.target} exists already. Name a new file: OUT=…")
        return self

    def __exit__(self, *_error: object) -> None:
        """Release the folder. It stays if it has parts, for the next run."""
        with contextlib.suppress(OSError):
            (self.folder / _TEMPORARY).unlink(missing_ok=True)
            if not self._parts():
                self._remove()
        os.close(self._lock)

    def begin(self, plan: dict[str, Any]) -> bool:
        """Find the parts of an interrupted run with the same *plan*, and count their rows.

        Parts of another plan are removed. Returns whether there were any.
        """
        with self._explaining():
            for name in os.listdir(self.folder):
                if name != _PLAN and not name.endswith(_PART_ENDING):
                    (self.folder / name).unlink()
            parts = list(self._parts())
            is_same = plan["source"] is not None and self._read_plan() == plan
            if not is_same:
                for part in parts:
                    part.unlink()
                (self.folder / _PLAN).unlink(missing_ok=True)
                replace_file(self.folder / _PLAN, _encode(plan), mode=_FILE_MODE)
            elif parts:
                self.rows = _count(parts[-1])
        return bool(parts) and not is_same

    def add(self, table: pa.Table) -> None:
        """Write the next rows as a part, durably; raise StoreWriteError."""
        with self._explaining():
            temporary = self.folder / _TEMPORARY
            with self._create(temporary) as file:
                parquet.write_table(table, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            rows = self.rows + table.num_rows
            temporary.rename(self.folder / f"{rows:012}{_PART_ENDING}")
            fsync_directory(self.folder)
            self.rows = rows

    def tables(self) -> Iterator[pa.Table]:
        """Yield the parts in their order; raise OSError or what pyarrow raises."""
        for part in self._parts():
            yield parquet.read_table(part, partitioning=None)

    @contextlib.contextmanager
    def whole_file(self) -> Iterator[Any]:
        """Open the file that gets the final name if no error occurs; raise StoreWriteError."""
        with self._explaining():
            temporary = self.folder / _TEMPORARY
            with self._create(temporary) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if self.target.exists():
                raise ExportedTableError(
                    f"{self.target} was written by another program meanwhile, and stays as it is. "
                    "Name a new file: OUT=…"
                )
            temporary.rename(self.target)
            fsync_directory(self.target.parent)
            self._remove()
            self.rows = 0

    def _create(self, path: Path) -> Any:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.fdopen(os.open(path, flags, _FILE_MODE), "wb")

    def _parts(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{_PART_ENDING}"), key=_count)

    def _read_plan(self) -> Any:
        try:
            return json.loads((self.folder / _PLAN).read_bytes())
        except (FileNotFoundError, ValueError):
            return None

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise ExportedTableError(
                f"Another run writes {self.target} now. Wait for it, or name another file: OUT=…"
            ) from error
        except OSError:  # some mounts have no locks
            return

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreWriteError(self.target, error) from error


def _count(part: Path) -> int:
    return int(part.name.removesuffix(_PART_ENDING))


def _encode(plan: dict[str, Any]) -> bytes:
    return json.dumps(plan, sort_keys=True).encode()
