"""Choose the segments of the prediction log and of the labels that a replay reads.

The gatekeeper's process only lists them. The child processes read them, and all the same ones.
"""

import stat
import time
from collections.abc import Iterable
from pathlib import Path

from gatekeeper.evidence.live_requests import LoggedData, SegmentFile
from shared.contract.layout import StoreLayout
from shared.prediction_log.segments import (
    MAX_SEGMENT_BYTES,
    list_feedback_segments,
    list_prediction_segments,
)

MAX_SEGMENTS = 4000
"""The most segments that are read, of each kind: the newest ones."""
MAX_LABEL_BYTES = 32 << 20
"""Most bytes of labels that are read: about 350,000, for which a process needs 100 MB."""
MAX_LOG_BYTES = 256 << 20
"""Most bytes of the prediction log that are read, in the newest segments."""


def find_logged_data(
    layout: StoreLayout, most_rows: int, *, only_labelled: bool = False
) -> LoggedData | None:
    """Return what is read of the log for *most_rows*; None if nothing is logged.

    It has no segments if all are empty, too large, or not files.

    Raises OSError if the log cannot be listed now, UnsafeFileError if a path contains a link.
    """
    paths = list_prediction_segments(layout)
    if not paths:
        return None
    predictions = _take_newest(_describe(paths), MAX_LOG_BYTES)
    feedback = _take_newest(_describe(list_feedback_segments(layout)), MAX_LABEL_BYTES)
    return LoggedData(
        predictions=predictions,
        feedback=tuple(sorted(feedback, key=lambda segment: segment.path)),
        most_rows=most_rows,
        only_labelled=only_labelled,
    )


def _describe(paths: Iterable[Path]) -> Iterable[SegmentFile]:
    for path in paths:
        try:
            found = path.lstat()
        except FileNotFoundError:  # it was removed since it was listed
            continue
        if stat.S_ISREG(found.st_mode) and 0 < found.st_size <= MAX_SEGMENT_BYTES:
            yield SegmentFile(
                path=path,
                inode=found.st_ino,
                size=found.st_size,
                changed_ns=min(max(found.st_mtime_ns, 0), time.time_ns()),
            )


def _take_newest(segments: Iterable[SegmentFile], most_bytes: int) -> tuple[SegmentFile, ...]:
    """Return the segments that were changed last, as far as the limits allow; at least one."""
    newest = sorted(segments, key=lambda segment: (segment.changed_ns, segment.path), reverse=True)
    taken, size = list[SegmentFile](), 0
    for segment in newest[:MAX_SEGMENTS]:
        size += segment.size
        if taken and size > most_bytes:
            break
        taken.append(segment)
    return tuple(taken)
