"""Answer the requests of one turn of the event loop with one model call, without any server."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress
from struct import Struct
from typing import Self, cast

import msgspec
import numpy as np

from predictor.codec.reply import Reply
from predictor.lifecycle.event_loop_budget import MAX_LOOP_ROWS, may_exceed_json_rows
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.prediction.single_request import answer_request
from predictor.prediction_log.answered_rows import ModelCall
from predictor.prediction_log.row_log import RowLog
from shared.errors import ServableError
from shared.inference.servable import Rows
from shared.inference.strict_values import FLOAT32_MAX


class RequestBatch(msgspec.Struct, frozen=True, gc=False):
    """Requests for one version, in their order."""

    served: ServedModel | None
    bodies: Sequence[bytes]
    rows: Sequence[list[float] | None]
    """For each body its numbers in the features' order; None if it is not plainly one row."""
    needs_thread: bool
    """Whether answering them would block the event loop for long."""

    @classmethod
    def read(cls, served: ServedModel | None, bodies: Sequence[bytes]) -> Self:
        """Read those *bodies* that are plainly one row."""
        if served is None:
            return cls(None, bodies, (), needs_thread=False)
        rows = [*map(served.model.reader.read_one, bodies)]
        needs_thread = served.model.is_slow or (
            not all(rows)
            and any(
                row is None and may_exceed_json_rows(body)
                for row, body in zip(rows, bodies, strict=True)
            )
        )
        return cls(served, bodies, rows, needs_thread)


def predict_batch(
    served: ServedModel, batch: RequestBatch, count: PredictionCounter, log: RowLog | None = None
) -> list[Reply]:
    """Reply to each request of *batch* as if it had arrived by itself."""
    headers, head, version = served.headers, served.head, served.version
    rows, bodies = [*filter(None, batch.rows)], batch.bodies
    is_plain = [row is not None for row in batch.rows] if len(rows) < len(bodies) else None
    if is_plain:
        bodies = [*compress(bodies, is_plain)]
    contents: Sequence[bytes | None] = _PlainRows(served, count, log).answer(rows, bodies)
    if is_plain:
        contents = _spread(is_plain, contents)
    return [
        answer_request(served, body, count, log)
        if content is None
        else Reply(200, headers, content, head, None, version, 1)
        for content, body in zip(contents, batch.bodies, strict=True)
    ]


class _PlainRows(msgspec.Struct, frozen=True, gc=False):
    """Answers requests that are plainly one row."""

    served: ServedModel
    count: PredictionCounter
    log: RowLog | None

    def answer(
        self, rows: Sequence[list[float]], bodies: Sequence[bytes]
    ) -> Sequence[bytes | None]:
        """Write the body of each reply; None for a row that needs `answer_request`."""
        contents: list[bytes | None] = []
        for start in range(0, len(rows), MAX_LOOP_ROWS):
            end = start + MAX_LOOP_ROWS
            contents += self._answer_in_one_call(rows[start:end], bodies[start:end])
        return contents

    def _answer_in_one_call(
        self, rows: Sequence[list[float]], bodies: Sequence[bytes]
    ) -> Sequence[bytes | None]:
        if not rows:
            return []
        pack = _make_packer(len(rows[0]))
        matrix = np.frombuffer(b"".join([pack(*row) for row in rows])).reshape(len(rows), -1)
        if not _is_in_range(matrix):
            in_range = ~(np.fmax.reduce(np.abs(matrix), axis=1) > FLOAT32_MAX)
            if not in_range.all():
                chosen = in_range.tolist()
                contents = self._answer_in_one_call(
                    [*compress(rows, chosen)], [*compress(bodies, chosen)]
                )
                return _spread(chosen, contents)
        try:
            predictions = self.served.model.servable.predict(matrix)
            written = self.served.writer.write_each(predictions)
        except ServableError:
            return [None] * len(rows)
        if None not in written:
            call = ModelCall(self.served, predictions, matrix)
            return self._note(call, rows, bodies, cast("list[bytes]", written))
        if not any(written):
            return written
        is_answered = [content is not None for content in written]
        call = ModelCall(self.served, predictions.choose(is_answered), matrix[is_answered])
        answered = [content for content in written if content is not None]
        rows, bodies = [*compress(rows, is_answered)], [*compress(bodies, is_answered)]
        return _spread(is_answered, self._note(call, rows, bodies, answered))

    def _note(
        self,
        call: ModelCall,
        rows: Sequence[list[float]],
        bodies: Sequence[bytes],
        contents: Sequence[bytes],
    ) -> Sequence[bytes]:
        """Count and log answered rows; return their *contents*, with ids if they are logged."""
        self.count(*call)
        return contents if self.log is None else self.log.log_each(call, rows, bodies, contents)


def _is_in_range(matrix: Rows) -> bool:
    """Check fast that all numbers fit into float32; False also if the check is inconclusive.

    No number is larger than the root of the sum of all squares. A missing value, NaN, makes
    the sum NaN.
    """
    return bool(np.vdot(matrix, matrix) <= FLOAT32_MAX**2)


@cache
def _make_packer(features: int) -> Callable[..., bytes]:
    """Return a function that packs a row's numbers into bytes, twice as fast as numpy."""
    return Struct(f"{features}d").pack


def _spread(chosen: Sequence[bool], contents: Sequence[bytes | None]) -> Sequence[bytes | None]:
    """Put *contents* at the *chosen* indices, and None at all others."""
    remaining = iter(contents)
    return [next(remaining) if is_chosen else None for is_chosen in chosen]
