"""Remove labels that no logged row needs any more.

If a newer label went first, an older one of its id would count again. So a segment stays while
another one that stays has an older label.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from gatekeeper.feedback.hidden_labels import hide_segment, publish_all_hidden, publish_hidden
from gatekeeper.feedback.label_time import read_first_time
from shared.contract.layout import StoreLayout
from shared.errors import OversizedSegmentError
from shared.prediction_log.segments import (
    list_feedback_segments,
    list_prediction_segments,
    read_labels,
    read_rows,
)

_NEVER = datetime.max.replace(tzinfo=UTC)
_ALWAYS = datetime.min.replace(tzinfo=UTC)


class _Span(NamedTuple):
    """The times of the oldest and the newest label of a segment."""

    first: datetime
    last: datetime
    path: Path


class OldLabels:
    """The remover of labels that are older than some days, and than every logged row."""

    def __init__(self, layout: StoreLayout, days: int) -> None:
        self._layout = layout
        self._kept = timedelta(days=days)

    def remove(self, now: datetime) -> int:
        """Remove the segments that have only old labels; return how many.

        Args:
            now: The time of the volume.

        Raises:
            OSError: A directory cannot be listed, or a segment cannot be read or removed.
            StoreWriteError: A segment cannot be published again.
            UnsafeFileError: The path of a segment contains a link.
        """
        publish_all_hidden(self._layout)
        oldest = now - self._kept
        segments = list_feedback_segments(self._layout)
        if not any(_is_older(path, oldest) for path in segments):
            return 0
        oldest = min([oldest, *_first_times(self._layout)])
        chosen = _choose(_read_spans(segments, oldest), oldest)
        hidden = [found for path in chosen if (found := hide_segment(self._layout, path))]
        # Read them again: their gatekeepers may have written until now.
        segments = [*hidden, *list_feedback_segments(self._layout)]
        removable = set(_choose(_read_spans(segments, oldest), oldest))
        removed = 0
        for path in hidden:
            if path in removable:
                with contextlib.suppress(FileNotFoundError):  # another gatekeeper published it
                    path.unlink()
                    removed += 1
            else:
                publish_hidden(self._layout, path)
        return removed


def _choose(spans: Iterable[_Span], oldest: datetime) -> Sequence[Path]:
    """Return the segments whose labels are older than *oldest*, and than every label that stays."""
    newest_first = sorted(spans, key=lambda span: span.last, reverse=True)
    while newest_first and newest_first[0].last >= oldest:
        oldest = min(oldest, newest_first.pop(0).first)
    return [span.path for span in reversed(newest_first)]


def _read_spans(segments: Sequence[Path], oldest: datetime) -> Iterator[_Span]:
    """Yield the times of segments; those that were written after *oldest* are not read fully."""
    for path in segments:
        with contextlib.suppress(FileNotFoundError, OversizedSegmentError):  # no reader uses it
            if _is_older(path, oldest):
                times = [label.received_at for label in read_labels(path)]
                first, last = (min(times), max(times)) if times else (_NEVER, _ALWAYS)
                yield _Span(first, last, path)
            else:
                yield _Span(read_first_time(path) or _NEVER, _NEVER, path)


def _is_older(path: Path, time: datetime) -> bool:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC) < time
    except FileNotFoundError:
        return False


def _first_times(layout: StoreLayout) -> Iterator[datetime]:
    """Yield the time of the first row of each worker, whose rows are in order."""
    seen = set[Path]()
    for path in list_prediction_segments(layout):
        if path.parent not in seen:
            with contextlib.suppress(FileNotFoundError, OversizedSegmentError):
                for row in read_rows(path):
                    seen.add(path.parent)
                    yield row.time
                    break
