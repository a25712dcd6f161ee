"""Wait until rows that workers still write are published; publish what dead workers have left."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from shared.contract.layout import WORKER, StoreLayout, parse_hidden_segment_name
from shared.errors import DeletionError, StoreWriteError
from shared.forgetting.segment_rewriting import scan_file
from shared.forgetting.wanted_ids import WantedIds
from shared.prediction_log.hidden_segments import publish_segment
from shared.store.durable_write import read_clock
from shared.store.store import ModelStore
from shared.store.verified_read import list_names

PATIENCE_SECONDS = 90.0
"""Longest time in seconds until a live worker publishes: 60, and the time of its other work."""
QUIET_SECONDS = 10.0
"""Age in seconds of a segment that is published here, if its worker has no heartbeat."""
_PAUSE_SECONDS = 0.5


def publish_wanted(
    store: ModelStore,
    wanted: WantedIds,
    say: Callable[[str], object],
    patience_seconds: float = PATIENCE_SECONDS,
) -> None:
    """Return when no hidden segment contains an id of *wanted*.

    *say* gets a sentence if live workers are waited for.

    Raises:
        DeletionError: A live worker has not published its segment in time.
        StoreWriteError: The segment of a dead worker cannot be published.
        OSError: A directory or file cannot be read.
        UnsafeFileError: A path contains a link.
    """
    deadline, has_said = time.monotonic() + patience_seconds, False
    while hidden := _find_hidden(store.layout, wanted):
        live = {each.worker for each in store.heartbeats.live()}
        now = read_clock(store.layout.root)
        waiting = [path for path in hidden if not _publish_left(path, live, now)]
        if not waiting:
            continue
        if time.monotonic() > deadline:
            raise DeletionError(
                f"{waiting[0]} contains a row with such an id, and its worker has not published "
                f"it in {patience_seconds:.0f} s. Some rows may be deleted already. Look at "
                "the log of the predictor for a full disk, then repeat this command."
            )
        if not has_said:
            has_said = True
            count = "1 worker has" if len(waiting) == 1 else f"{len(waiting)} workers have"
            limit = f"{patience_seconds:.0f} s at most"
            say(f"Waiting until {count} published the newest rows, {limit}.")
        time.sleep(_PAUSE_SECONDS)


def _find_hidden(layout: StoreLayout, wanted: WantedIds) -> list[Path]:
    found = []
    for worker in filter(WORKER.fullmatch, _list(layout.predictions)):
        directory = layout.predictions / worker
        for name in _list(directory):
            if parse_hidden_segment_name(name) is not None:
                with contextlib.suppress(FileNotFoundError):  # it was published just now
                    if scan_file(directory / name, wanted).found:
                        found.append(directory / name)
    return found


def _publish_left(path: Path, live: set[str], now: float) -> bool:
    """Publish a segment whose worker is gone; return whether it was."""
    try:
        if path.parent.name in live or now - os.lstat(path).st_mtime < QUIET_SECONDS:
            return False
    except FileNotFoundError:
        return True
    try:
        publish_segment(path.parent, path.name)
    except OSError as error:
        raise StoreWriteError(path, error) from error
    return True


def _list(directory: Path) -> list[str]:
    try:
        return list_names(directory)
    except FileNotFoundError:
        return []
