"""Replies that are to be logged, until enough of them wait to become lines together."""

from collections import deque
from collections.abc import Sequence
from itertools import groupby

from predictor.prediction_log.answered_rows import LoggedReply
from predictor.prediction_log.drops import Drops
from predictor.prediction_log.line_encoder import LineEncoder
from predictor.prediction_log.row_queue import Lines, RowQueue


class WaitingReplies:
    """Encodes replies of several turns at once, for any thread: each encoding has a fixed cost.

    The thread that adds replies encodes those that wait, if they are many. The writer encodes the
    others.
    """

    def __init__(self, queue: RowQueue, drops: Drops) -> None:
        """Prepare to put lines into *queue*."""
        self._queue = queue
        self._drops = drops
        self._waiting: deque[tuple[LineEncoder, LoggedReply]] = deque()

    def add(self, encoder: LineEncoder, replies: Sequence[LoggedReply]) -> None:
        """Add the *replies* of a turn; encode those that wait, if they are many for *encoder*."""
        self._waiting.extend([(encoder, reply) for reply in replies])
        if len(self._waiting) >= encoder.many_rows:
            self.flush()

    def flush(self) -> None:
        """Encode all replies that wait."""
        # One pop cannot be interrupted, so threads that do this at once take different replies.
        waiting, pop = self._waiting, self._waiting.popleft
        taken = []
        try:
            while waiting:
                taken.append(pop())
        except IndexError:  # another thread has taken the last one
            pass
        for encoder, group in groupby(taken, lambda pair: pair[0]):
            self._encode(encoder, [reply for _, reply in group])

    def _encode(self, encoder: LineEncoder, replies: Sequence[LoggedReply]) -> None:
        try:
            lines = encoder.encode_replies(replies)
        except Exception as error:  # noqa: BLE001 - such as MemoryError; the rows are answered
            self._drops.count("error", len(replies), type(error).__name__)
        else:
            self._queue.put(Lines(lines, len(replies)))
