"""Append labels to a segment of this gatekeeper, so that no crash loses them.

After a write that failed, the segment is cut back to what was acknowledged, and never written
again: the kernel may have dropped its pages. A segment that `make forget` replaces, or that the
housekeeper removes, is not written again either, and nobody waits for their lock.
"""

import contextlib
import time

from shared.contract.layout import StoreLayout, parse_segment_name
from shared.errors import StoreWriteError
from shared.prediction_log.segment_file import SegmentFile
from shared.prediction_log.segment_lock import locked_if_free
from shared.prediction_log.segments import list_feedback_segments
from shared.store.durable_write import ROW_DIRECTORY_MODE, fsync_directory, make_directory

MAX_SEGMENT_BYTES = 16 << 20
"""Bytes of a segment after which the next labels get a new one."""
MAX_SEGMENT_SECONDS = 86_400.0
"""Seconds after which the next labels get a new segment, so that old labels can be removed."""
_ATTEMPTS = 10
"""Most attempts to write to a segment that keeps its name."""


class LabelWriter:
    """The writer of one gatekeeper. Use it from one thread at a time."""

    def __init__(
        self,
        layout: StoreLayout,
        max_bytes: int = MAX_SEGMENT_BYTES,
        max_seconds: float = MAX_SEGMENT_SECONDS,
    ) -> None:
        self._layout = layout
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._segment: SegmentFile | None = None
        self._created = 0.0

    def append(self, lines: bytes) -> None:
        """Append whole lines. When it returns, they are durable.

        Raises StoreWriteError, and then no reader finds them, unless the disk also refused to cut
        the segment back.
        """
        if time.monotonic() - self._created >= self._max_seconds:
            self.close()
        try:
            for _ in range(_ATTEMPTS):
                self._segment = self._segment or self._create()
                if self._append_to(self._segment, lines):
                    return
                self.close()
        except OSError as error:
            raise StoreWriteError(self._layout.feedback, error) from error
        reason = "other programs replace each new segment"
        raise StoreWriteError(self._layout.feedback, OSError(reason))

    def leave_removed(self) -> None:
        """Close the segment if it lost its name: an open file keeps deleted labels on the disk."""
        if self._segment is not None and not self._segment.is_in_place():
            self.close()

    def close(self) -> None:
        """Close the segment; the next labels get a new one."""
        if self._segment is not None:
            self._segment.close()
        self._segment = None

    def _append_to(self, segment: SegmentFile, lines: bytes) -> bool:
        """Return whether the lines are durable in a file that still has its name."""
        with locked_if_free(segment.descriptor) as is_free:
            if not is_free or not segment.is_in_place():
                return False
            try:
                segment.append(lines, durable=True)
            except StoreWriteError:
                if segment.size == 0:
                    with contextlib.suppress(OSError):
                        segment.path.unlink()
                self.close()
                raise
            is_durable = segment.is_in_place()
        if segment.size >= self._max_bytes:
            self.close()
        return is_durable

    def _create(self) -> SegmentFile:
        make_directory(self._layout.feedback, mode=ROW_DIRECTORY_MODE)
        numbers = [parse_segment_name(each.name) for each in list_feedback_segments(self._layout)]
        number = max(filter(None, numbers), default=0) + 1
        while True:
            with contextlib.suppress(FileExistsError):  # another gatekeeper was first
                segment = SegmentFile.create(self._layout.feedback_segment(number))
                break
            number += 1
        fsync_directory(self._layout.feedback)
        self._created = time.monotonic()
        return segment
