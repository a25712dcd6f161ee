"""Removal of old hours from live/, also of workers that are gone.

Predictors own live/. Only where all services are one user may the gatekeeper remove files too.
"""

import contextlib
import logging
import os
from bisect import bisect
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.contract.layout import WORKER, StoreLayout, parse_live_hour_name
from shared.errors import UnsafeFileError
from shared.store.durable_write import make_directory, read_clock
from shared.store.linkless_open import open_without_links
from shared.store.verified_read import list_names
from shared.volume.leftovers import is_renamed_by_nfs

logger = logging.getLogger(__name__)

ROUNDS = 24
"""Calls of one worker that together look at the directories of all workers."""
_MIN_LOOKS = 32
"""Fewest directories of other workers at which one call looks."""
_EMPTY_SECONDS = 6 * 3600.0
"""Age in seconds of an empty directory that is removed: its worker may be about to write."""


def read_time(directory: Path) -> datetime:
    """Return the time of the volume, by a file that is written in *directory* for a moment.

    The clock of this host may be ahead, and then all counts of workers that are gone seem old.
    Raises StoreWriteError.
    """
    make_directory(directory)
    return datetime.fromtimestamp(read_clock(directory), UTC)


class OldHours:
    """The remover of hours that are older than some days. Use it from one thread only."""

    def __init__(self, layout: StoreLayout, days: int) -> None:
        self._layout = layout
        self._kept = timedelta(days=days)
        self._round = 0

    def remove(self, now: datetime, worker: str | None = None) -> int:
        """Remove old hours and empty directories, and return the number of removed files.

        A *worker* looks at its own directory, and at some of the others: at all of them in 24
        calls. So a thousand workers do not each read a thousand directories. Without *worker*,
        the call looks at all. Skipped are links, directories that this user cannot change, and
        those of other workers with a heartbeat: each removes its own hours.

        Args:
            now: The time of the volume, as `read_time` returns it.
            worker: The name of the calling worker.

        Raises:
            OSError: live/ or serving/ cannot be listed.
            UnsafeFileError: The path of one of them contains a link.
        """
        try:
            names = sorted(filter(WORKER.fullmatch, list_names(self._layout.live)))
        except FileNotFoundError:
            return 0
        beats = {name.removesuffix(".json") for name in self._list_serving()} - {worker}
        names = [name for name in names if name not in beats]
        chosen = names if worker is None else self._choose(names, worker)
        oldest = now - self._kept
        return sum(self._remove_from(name, oldest, now) for name in chosen)

    def _list_serving(self) -> list[str]:
        try:
            return list_names(self._layout.serving)
        except FileNotFoundError:
            return []

    def _choose(self, names: list[str], worker: str) -> list[str]:
        """Return *worker* if it has a directory, and its next others in the circle of names."""
        others = [name for name in names if name != worker]
        looks = max(_MIN_LOOKS, -(-len(others) // ROUNDS))
        start = bisect(others, worker) + self._round * looks
        self._round += 1
        places = {(start + step) % len(others) for step in range(looks)} if others else set()
        return [*filter(worker.__eq__, names), *(others[place] for place in sorted(places))]

    def _remove_from(self, worker: str, oldest: datetime, now: datetime) -> int:
        path = self._layout.live / worker
        try:
            directory = open_without_links(path, os.O_DIRECTORY)
        except (OSError, UnsafeFileError):  # removed meanwhile, or not a directory
            return 0
        try:
            removed, is_empty = _remove_files(directory, oldest)
            is_idle = now.timestamp() - os.fstat(directory).st_mtime > _EMPTY_SECONDS
        except OSError as error:
            logger.debug("Old counts in %s stay: %s", path, error)
            return 0
        finally:
            os.close(directory)
        if is_empty and (removed or is_idle):
            with contextlib.suppress(OSError):  # the worker has just written, or we may not
                path.rmdir()
        return removed


def _remove_files(directory: int, oldest: datetime) -> tuple[int, bool]:
    """Remove old files; return how many, and whether none is left. Raises OSError."""
    names = os.listdir(directory)
    old = [name for name in names if _is_old(directory, name, oldest)]
    for name in old:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=directory)
    return len(old), len(old) == len(names)


def _is_old(directory: int, name: str, oldest: datetime) -> bool:
    hour = parse_live_hour_name(name)
    if hour is not None:
        return hour < oldest
    if not name.startswith(".") or is_renamed_by_nfs(name):
        return False
    try:  # left behind by a writer that was killed
        changed = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return False
    return datetime.fromtimestamp(changed, UTC) < oldest
