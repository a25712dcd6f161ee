"""A thread that writes answered rows as lines of a segment."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from predictor.loop_turns import pause_at_turns
from predictor.metrics.log_metrics import LogMetrics
from predictor.prediction_log.answered_rows import AnsweredRows
from predictor.prediction_log.current_segment import CurrentSegment
from predictor.prediction_log.drops import Drops
from predictor.prediction_log.line_encoder import LineEncoder, LineEncoders
from predictor.prediction_log.row_queue import Lines, RowQueue
from predictor.prediction_log.waiting_replies import WaitingReplies
from shared.errors import StoreWriteError

ROUND_SECONDS = 0.1
"""Seconds between two writes. A killed worker loses the rows of about this time."""
_BUFFER_BYTES = 256 << 10
"""Bytes of the lines that are written together."""
PIECE_VALUES = 1_024
"""Values that are encoded at once."""
_TURN_VALUES = 4_096
"""Values that are encoded in about half a millisecond, in which no other thread runs."""
_PAUSE_SECONDS = 0.0005
"""Seconds after them, in which the event loop gets the interpreter."""


class LogWriter:
    """Writes the rows of a queue. No error ends it, and serving goes on."""

    def __init__(
        self,
        queue: RowQueue,
        replies: WaitingReplies,
        segment: CurrentSegment,
        *,
        encoders: LineEncoders,
        metrics: LogMetrics,
        drops: Drops,
        on_finished: Callable[[], object] = lambda: None,
    ) -> None:
        """Prepare to write; *on_finished* is called when a segment can be published."""
        self._queue = queue
        self._replies = replies
        self._segment = segment
        self._encoders = encoders
        self._metrics = metrics
        self._drops = drops
        self._on_finished = on_finished
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._used = 0
        """Bytes of lines in the buffer."""
        self._rows = 0
        """The number of these lines."""
        self._values_left = _TURN_VALUES
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)

    def start(self) -> None:
        """Write until `stop`."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let the thread write what waits, and end."""
        self._stopping.set()
        self._queue.call()

    def stop(self, patience_seconds: float) -> None:
        """Write the last rows; wait for this at most *patience_seconds*."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(patience_seconds)

    def work(self) -> None:
        """Write all rows that wait."""
        self._replies.flush()
        while (rows := self._queue.take()) is not None:
            if isinstance(rows, Lines):
                self._add_lines(rows)
            else:
                self._encode(rows)
        self._write_lines()
        if self._segment.finish_if_due():
            self._on_finished()
        self._drops.settle()

    def _run(self) -> None:
        with pause_at_turns():
            while not self._stopping.is_set():
                self._queue.wait(ROUND_SECONDS)
                with contextlib.suppress(Exception):  # even the report may find no memory
                    self.work()
        with contextlib.suppress(Exception):
            self.work()
        self._segment.finish()
        self._on_finished()

    def _encode(self, block: AnsweredRows) -> None:
        left = block.row_count
        try:
            encoder = self._encoders.find(block.call.served)
            for lines in _cut(block, encoder):
                self._add_lines(lines)
                left -= lines.row_count
                self._give_turn(lines.row_count * encoder.width)
        except Exception as error:  # noqa: BLE001 - this thread survives every error
            # Only the type: a message could have a value that must not be in the service's log.
            self._drops.count("error", left, type(error).__name__)

    def _give_turn(self, values: int) -> None:
        self._values_left -= values
        if self._values_left <= 0:
            self._values_left = _TURN_VALUES
            if not self._stopping.is_set():
                time.sleep(_PAUSE_SECONDS)

    def _add_lines(self, lines: Lines) -> None:
        size = len(lines.content)
        if self._used + size > _BUFFER_BYTES:
            self._write_lines()
        if size > _BUFFER_BYTES:
            self._append(lines.content, lines.row_count)
            return
        self._buffer[self._used : self._used + size] = lines.content
        self._used += size
        self._rows += lines.row_count

    def _write_lines(self) -> None:
        if self._used:
            content, rows = self._buffer[: self._used], self._rows
            self._used = self._rows = 0
            self._append(content, rows)

    def _append(self, lines: bytes | memoryview, rows: int) -> None:
        try:
            self._segment.append(lines)
        except StoreWriteError as error:
            self._drops.count("write", rows, str(error))
            self._on_finished()
        else:
            self._metrics.count_rows(rows)
            self._drops.note_write()
            if self._segment.finish_if_due():
                self._on_finished()


def _cut(block: AnsweredRows, encoder: LineEncoder) -> Iterator[Lines]:
    """Encode *block* in pieces."""
    step = max(1, PIECE_VALUES // max(1, encoder.width))
    for start in range(0, block.row_count, step):
        part = block.part(start, start + step)
        strings = encoder.find_strings(part, start, block.find_strings)
        yield Lines(encoder.encode(part, strings), part.row_count)
