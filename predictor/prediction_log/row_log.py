"""The choice of answered rows that are logged."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from predictor.prediction_log.answered_rows import AnsweredRows, FindStrings, ModelCall
from predictor.prediction_log.drops import Drops
from predictor.prediction_log.line_encoder import LineEncoders
from predictor.prediction_log.request_choice import RequestChoice
from predictor.prediction_log.row_ids import RowIds
from predictor.prediction_log.row_queue import RowQueue
from predictor.prediction_log.sent_strings import find_in_bodies
from predictor.prediction_log.waiting_replies import WaitingReplies
from shared.inference.feature_encoding import UNSEEN

MAX_LOOP_VALUES = 16_384
"""Values of the rows of a call that are encoded in the thread that answers them. It takes about
half a millisecond. More values, and strings that are not categories, are left to the writer."""


class RowLog:
    """Logs the rows of some requests, for any thread. It never blocks, and raises no error."""

    def __init__(
        self,
        queue: RowQueue,
        replies: WaitingReplies,
        share: float,
        *,
        ids: RowIds,
        encoders: LineEncoders,
        drops: Drops,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Choose each request with the probability *share*."""
        self._queue = queue
        self._replies = replies
        self._choice = RequestChoice(share)
        self._ids = ids
        self._encoded_prefix = ids.prefix.encode()
        self._encoders = encoders
        self._drops = drops
        self._clock = clock

    def choose(self) -> bool:
        """Choose whether a request is logged."""
        return bool(self._choice.choose(1))

    def make_ids(self, count: int) -> list[str]:
        """Return *count* ids that no other row has."""
        return self._ids.make(count)

    def log_request(
        self, call: ModelCall, ids: Sequence[str], find_strings: FindStrings, sent_bytes: int
    ) -> None:
        """Log all rows of a request, whose *sent_bytes* are what *find_strings* keeps in memory."""
        self._add(call, ids, find_strings, sent_bytes)

    def log_each(
        self,
        call: ModelCall,
        rows: Sequence[list[float]],
        bodies: Sequence[bytes],
        contents: Sequence[bytes],
    ) -> Sequence[bytes]:
        """Log some of the requests with one row each.

        *rows* are those of *call*, and *contents* are the bodies of their replies. Return them,
        with the ids of the logged rows.
        """
        try:
            return self._log_each(call, rows, bodies, contents)
        except Exception as error:  # noqa: BLE001 - such as MemoryError; the rows are answered
            self._drops.count("error", len(contents), type(error).__name__)
            return contents

    def _log_each(
        self,
        call: ModelCall,
        rows: Sequence[list[float]],
        bodies: Sequence[bytes],
        contents: Sequence[bytes],
    ) -> Sequence[bytes]:
        chosen = self._choice.choose(len(contents))
        if not chosen:
            return contents
        encoder = self._encoders.find(call.served)
        ids, prefix = self._ids.take(len(chosen)), self._encoded_prefix
        marked = [*contents]
        for place, number in zip(chosen, ids, strict=True):
            marked[place] = b'%b,"id":"%b%d"}' % (contents[place][:-1], prefix, number)
        if len(chosen) * encoder.width > MAX_LOOP_VALUES or encoder.has_unseen(rows, chosen):
            bodies = [bodies[place] for place in chosen]
            find = partial(find_in_bodies, bodies, call.served.model.reader.schema)
            self._add(call.take([*chosen]), ids, find, sum(map(len, bodies)))
        else:
            now, numbers = self._clock(), zip(chosen, ids, strict=True)
            replies = [(now, number, rows[place], contents[place]) for place, number in numbers]
            self._replies.add(encoder, replies)
        return marked

    def _add(
        self,
        call: ModelCall,
        ids: Sequence[str] | range,
        find_strings: FindStrings | None,
        sent_bytes: int,
    ) -> None:
        try:
            columns = call.served.model.category_columns
            if not columns or not (call.rows[:, columns] == UNSEEN).any():
                find_strings, sent_bytes = None, 0  # do not keep the request in memory
            if call.rows.base is not None:  # a view may keep it too
                call = call._replace(rows=call.rows.copy())
            self._queue.put(AnsweredRows(call, self._clock(), ids, find_strings, sent_bytes))
        except MemoryError:
            self._queue.drop(len(call.rows))
