"""The hidden segment that a worker appends lines to."""

import contextlib
import time
from collections.abc import Callable

from shared.contract.layout import StoreLayout
from shared.errors import StoreWriteError
from shared.prediction_log.segment_file import SegmentFile, make_segment_directory

MAX_SEGMENT_BYTES = 8 << 20
MAX_SEGMENT_SECONDS = 60.0


class CurrentSegment:
    """The segment of one worker, created with its first line. Use it from one thread."""

    def __init__(
        self, layout: StoreLayout, worker: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._layout = layout
        self._worker = worker
        self._clock = clock
        self._file: SegmentFile | None = None
        self._since = 0.0
        self.number = 0
        """The number of the segment that is written, or of the last one. Any thread may read it."""
        self.is_open = False
        """Whether lines may still be appended to it."""

    def append(self, lines: bytes | memoryview) -> None:
        """Append whole *lines* to the segment; after an error, the next lines go to another one.

        Raises StoreWriteError.
        """
        if self._file is None or not self._file.is_in_place():
            self.finish()
            self._file = self._create()
        try:
            self._file.append(lines)
        except StoreWriteError:
            self.finish()
            raise

    def finish_if_due(self) -> bool:
        """Finish the segment if it is full or old; return whether it is finished now."""
        if self._file is None:
            return False
        is_full = self._file.size >= MAX_SEGMENT_BYTES
        if not is_full and self._clock() - self._since < MAX_SEGMENT_SECONDS:
            return False
        self.finish()
        return True

    def finish(self) -> None:
        """Append no more: the segment can be published."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self.is_open = False

    def _create(self) -> SegmentFile:
        make_segment_directory(self._layout.predictions / self._worker)
        while True:
            self.number += 1
            self.is_open = True
            path = self._layout.hidden_prediction_segment(self._worker, self.number)
            with contextlib.suppress(FileExistsError):
                file = SegmentFile.create(path)
                self._since = self._clock()
                return file
