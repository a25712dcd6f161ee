"""Delete all rows and labels with some ids, then search every byte for them."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.contract.layout import (
    RESTORE_PREFIX,
    StoreLayout,
    parse_hidden_segment_name,
    parse_segment_name,
)
from shared.errors import DeletionError, StoreWriteError
from shared.forgetting.deletion_record import only_deletion, record_deletion
from shared.forgetting.segment_rewriting import remove_leftovers, rewrite_segment, scan_file
from shared.forgetting.unpublished_rows import PATIENCE_SECONDS, publish_wanted
from shared.forgetting.wanted_ids import WantedIds
from shared.prediction_table.exported_table import ExportedTable
from shared.store.durable_write import fsync_directory
from shared.store.store import ModelStore
from shared.volume.leftovers import is_renamed_by_nfs

ROUNDS = 5
"""Most searches that find something again: rows and labels may arrive meanwhile."""
BUFFERED_SECONDS = 2.0
"""Seconds before the first search, in which live workers write the rows that they have answered."""


@dataclass
class Forgotten:
    """The numbers of what was deleted, and of what was found and stays."""

    rows: int = 0
    labels: int = 0
    exported_rows: int = 0
    mentioned: int = 0
    """Lines with another id that have a value which is spelled like an id."""
    of_requests: int = 0
    """Rows whose id is that of a row of a request with such an id."""

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was deleted."""
        return not (self.rows or self.labels or self.exported_rows)


@dataclass
class _Search:
    rows: dict[Path, int]
    labels: dict[Path, int]
    tables: dict[ExportedTable, int]
    foreign: list[Path]
    """Files that are not segments, and contain an id."""
    mentioned: int = 0
    of_requests: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.labels or self.tables)


def forget(
    store: ModelStore,
    wanted: WantedIds,
    tables: Sequence[ExportedTable],
    say: Callable[[str], object] = lambda _: None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Forgotten:
    """Delete the rows and labels of *wanted* from the store and from exported *tables*.

    Afterwards no file of predictions/ and feedback/ contains a row or label with such an id. After
    an error, repeat the call: a row is deleted completely or not at all.

    Args:
        store: The store, which services may use meanwhile.
        wanted: The ids.
        tables: The exported tables.
        say: It gets sentences about a wait.
        patience_seconds: The longest wait for rows that workers still write.

    Raises:
        DeletionError: A file cannot be replaced, or rows arrive faster than they are deleted.
        ExportedTableError: A table cannot be read.
        StoreError: A path of the store is unsafe, or deletions.json is invalid.
        OSError: A directory or a file of the store cannot be read.
    """
    try:
        return _forget(store, wanted, tables, say, patience_seconds)
    except StoreWriteError as error:
        cause = error.__cause__
        reason = cause.strerror if isinstance(cause, OSError) else None
        raise DeletionError(
            f"Could not write {error.path}: {reason or cause}. Some rows may be deleted already. "
            "Free space or repair the volume, then repeat this command."
        ) from error


def _forget(
    store: ModelStore,
    wanted: WantedIds,
    tables: Sequence[ExportedTable],
    say: Callable[[str], object],
    patience_seconds: float,
) -> Forgotten:
    done = Forgotten()
    with only_deletion(store.layout):
        _remove_restores(store.layout)
        for directory in _list_directories(store.layout):
            remove_leftovers(directory)
        for table in tables:
            table.remove_unfinished()
        if store.heartbeats.all():
            time.sleep(BUFFERED_SECONDS)
        for _ in range(ROUNDS):
            publish_wanted(store, wanted, say, patience_seconds)
            search = _search(store.layout, wanted, tables)
            done.mentioned, done.of_requests = search.mentioned, search.of_requests
            if search.is_empty:
                _require_no_foreign(search.foreign)
                _make_durable(store.layout, tables)
                return done
            _delete(store.layout, wanted, search, done)
    raise DeletionError(
        f"Rows or labels with these ids arrived during each of {ROUNDS} searches. Stop the "
        "programs that send them, then repeat this command."
    )


def _remove_restores(layout: StoreLayout) -> None:
    """Remove what killed restores have unpacked. No restore runs into a store that is in use."""
    for path in layout.root.glob(f"{RESTORE_PREFIX}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)


def _search(layout: StoreLayout, wanted: WantedIds, tables: Sequence[ExportedTable]) -> _Search:
    """Look for the ids in every byte of the directories with rows, and in *tables*."""
    found = _Search({}, {}, {}, [])
    for path in _list_files(layout):
        try:
            scan = scan_file(path, wanted)
        except FileNotFoundError:  # it is old, and was removed just now
            continue
        found.mentioned += wanted.count_mentions(scan.kept)
        found.of_requests += scan.of_requests
        if not scan.found:
            continue
        is_segment = parse_segment_name(path.name) is not None
        # A gatekeeper hides a segment of labels before it removes it.
        is_hidden = parse_hidden_segment_name(path.name) is not None
        if path.parent == layout.feedback and (is_segment or is_hidden):
            found.labels[path] = scan.found
        elif not is_segment:
            found.foreign.append(path)
        else:
            found.rows[path] = scan.found
    counts = {table: table.count(wanted.has) for table in tables}
    found.tables = {table: count for table, count in counts.items() if count}
    return found


def _delete(layout: StoreLayout, wanted: WantedIds, search: _Search, done: Forgotten) -> None:
    rows, labels, exported = (
        sum(found.values()) for found in (search.rows, search.labels, search.tables)
    )
    record_deletion(layout, rows=rows, labels=labels, exported_rows=exported)
    for path in search.rows:
        done.rows += rewrite_segment(path, wanted)
    for path in search.labels:
        done.labels += rewrite_segment(path, wanted)
    for table in search.tables:
        done.exported_rows += table.delete(wanted.has)


def _require_no_foreign(paths: Sequence[Path]) -> None:
    if paths:
        raise DeletionError(
            f"{paths[0]} contains such an id, and is not a segment that can be replaced. "
            "All other rows are deleted. Remove this file, then repeat this command."
        )


def _make_durable(layout: StoreLayout, tables: Sequence[ExportedTable]) -> None:
    """Write the names of all new files to the disk, also those of a call that was killed.

    Otherwise the rows that it had deleted could come back with a loss of power.
    """
    for directory in {*_list_directories(layout), *(table.path.parent for table in tables)}:
        try:
            fsync_directory(directory)
        except OSError as error:
            raise StoreWriteError(directory, error) from error


def _list_directories(layout: StoreLayout) -> list[Path]:
    """Return the directories that contain segments."""
    workers = sorted(layout.predictions.iterdir()) if layout.predictions.is_dir() else []
    found = [path for path in (*workers, layout.feedback) if path.is_dir()]
    return [path for path in found if not path.is_symlink()]


def _list_files(layout: StoreLayout) -> Iterator[Path]:
    """Yield all files of these directories, also hidden ones that are not published any more."""
    for directory in (layout.predictions, *_list_directories(layout)):
        for path in sorted(directory.iterdir()) if directory.is_dir() else []:
            if path.is_file() and not path.is_symlink() and not is_renamed_by_nfs(path.name):
                yield path
