"""A sign of changes in the prediction log and the labels, without reading them."""

import os
from pathlib import Path
from typing import TypeAlias

from shared.contract.layout import WORKER, StoreLayout
from shared.prediction_log.segments import SegmentStamp, list_feedback_segments
from shared.store.verified_read import list_names

LogState: TypeAlias = frozenset[tuple[str, SegmentStamp]]
"""The stamps of the directories of workers and of the segments of labels, by name."""


def read_log_state(layout: StoreLayout) -> LogState:
    """Return a value that changes with each published, replaced or removed segment, and each label.

    Segments of rows never change in place, so their directories show every change.
    Raises OSError, or UnsafeFileError if a path contains a link.
    """
    workers = [layout.predictions / name for name in _list_workers(layout)]
    found = ((path.name, _stamp(path)) for path in (*workers, *list_feedback_segments(layout)))
    return frozenset((name, stamp) for name, stamp in found if stamp is not None)


def _list_workers(layout: StoreLayout) -> list[str]:
    try:
        return [name for name in list_names(layout.predictions) if WORKER.fullmatch(name)]
    except FileNotFoundError:
        return []


def _stamp(path: Path) -> SegmentStamp | None:
    try:
        return SegmentStamp.take(os.lstat(path))
    except FileNotFoundError:
        return None
