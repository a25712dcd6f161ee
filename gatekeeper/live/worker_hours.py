"""Read live/: which workers there are, which hours they counted, and one hour of one worker."""

import os
from datetime import datetime
from typing import NamedTuple

from gatekeeper.live.version_sum import VersionSum, add_sums
from shared.contract.layout import WORKER, StoreLayout, live_hour_name, parse_live_hour_name
from shared.errors import DocumentError
from shared.live.hour import MAX_HOUR_BYTES, LiveHour
from shared.store.verified_read import list_names, read_document
from shared.volume.fresh_names import list_directory

MAX_WORKERS = 5000
"""The most workers whose hours are read: those that wrote last."""


class Identity(NamedTuple):
    """The facts that change when a file is replaced."""

    inode: int
    size: int
    changed_ns: int


def list_workers(layout: StoreLayout) -> list[str]:
    """List the workers that have counted, at most those that wrote last, in ascending order.

    Raises OSError.
    """
    try:
        names = list_directory(layout.live)
    except (FileNotFoundError, NotADirectoryError):
        return []
    workers = [name for name in names if WORKER.fullmatch(name)]
    if len(workers) > MAX_WORKERS:
        workers.sort(key=lambda worker: (_changed_at(layout, worker), worker))
    return sorted(workers[-MAX_WORKERS:])


def _changed_at(layout: StoreLayout, worker: str) -> float:
    try:
        return os.lstat(layout.live / worker).st_mtime
    except OSError:  # removed meanwhile
        return 0.0


def list_hours(layout: StoreLayout, worker: str) -> list[datetime]:
    """List the hours of *worker*; raises OSError or UnsafeFileError."""
    try:
        names = list_names(layout.live / worker)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [hour for hour in map(parse_live_hour_name, names) if hour is not None]


def identify_hour(layout: StoreLayout, worker: str, hour: datetime) -> Identity | None:
    """Return the identity of a worker's file, or None if it does not exist; raises OSError."""
    try:
        status = os.lstat(layout.live_hour(worker, live_hour_name(hour)))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Identity(status.st_ino, status.st_size, status.st_mtime_ns)


def read_hour(layout: StoreLayout, worker: str, hour: datetime) -> list[VersionSum]:
    """Read what *worker* counted in *hour*, by version.

    Raises:
        FileNotFoundError: The worker has no counts of this hour.
        StoreError: The document is invalid, or is that of another worker or hour.
        OSError: The file cannot be read now.
    """
    path = layout.live_hour(worker, live_hour_name(hour))
    found = LiveHour.decode(read_document(path, max_bytes=MAX_HOUR_BYTES), path)
    if found.worker != worker or found.hour != hour:
        raise DocumentError(f"{path} has the counts of {found.worker} from {found.hour}.")
    try:
        return add_sums(map(VersionSum.of, found.versions))
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}") from error
