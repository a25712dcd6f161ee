"""The newest label of each id, in bounded memory."""

import contextlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.errors import OversizedSegmentError
from shared.prediction_log.label import Label, LabelValue
from shared.prediction_log.segments import (
    MAX_SEGMENT_BYTES,
    list_feedback_segments,
    read_labels,
)

MAX_LABEL_BYTES = 128 << 20
"""The most bytes of labels that are read: about 1,400,000 labels. Older segments are left out."""


def read_newest_labels(
    layout: StoreLayout, max_bytes: int = MAX_LABEL_BYTES
) -> Mapping[str, LabelValue]:
    """Return the last label of each id, from the last changed *max_bytes* of segments.

    Oversized segments are left out.

    Raises OSError, or UnsafeFileError if a path contains a link.
    """
    found = dict[str, tuple[datetime, LabelValue]]()
    for label in _read_all(_choose(list_feedback_segments(layout), max_bytes)):
        known = found.get(label.id)
        if known is None or known[0] <= label.received_at:
            found[label.id] = label.received_at, label.label
    return {name: value for name, (_, value) in found.items()}


def _choose(segments: list[Path], max_bytes: int) -> list[Path]:
    """Return the segments that were changed last, in the order of *segments*; at least one.

    The numbers do not say which these are: each gatekeeper writes to a segment of its own.
    """
    changed = list[tuple[int, int, int]]()
    for number, path in enumerate(segments):
        with contextlib.suppress(FileNotFoundError):
            found = path.lstat()
            if found.st_size <= MAX_SEGMENT_BYTES:
                changed.append((found.st_mtime_ns, number, found.st_size))
    chosen, size = list[int](), 0
    for _, number, segment_size in sorted(changed, reverse=True):
        size += segment_size
        if chosen and size > max_bytes:
            break
        chosen.append(number)
    return [segments[number] for number in sorted(chosen)]


def _read_all(segments: Iterable[Path]) -> Iterable[Label]:
    for path in segments:
        try:
            yield from read_labels(path)
        except (FileNotFoundError, OversizedSegmentError):  # it has changed since it was listed
            continue
