"""Answer the requests of one turn of the event loop with one model call, without any server."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress
from struct import Struct
from typing import Self

import msgspec
import numpy as np

from predictor.codec.reply import Reply
from predictor.codec.strict_values import FLOAT32_MAX
from predictor.lifecycle.event_loop_budget import MAX_LOOP_ROWS, may_exceed_json_rows
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.prediction.single_request import answer_request
from shared.errors import ServableError
from shared.inference.servable import Rows


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
    served: ServedModel, batch: RequestBatch, count: PredictionCounter
) -> list[Reply]:
    """Reply to each request of *batch* as if it had arrived by itself."""
    headers, head = served.headers, served.head
    rows = [*filter(None, batch.rows)]
    contents: Sequence[bytes | None] = _predict_rows(served, rows, count)
    if len(rows) < len(batch.rows):
        contents = _spread([row is not None for row in batch.rows], contents)
    return [
        answer_request(served, body, count)
        if content is None
        else Reply(200, headers, content, head)
        for content, body in zip(contents, batch.bodies, strict=True)
    ]


def _predict_rows(
    served: ServedModel, rows: list[list[float]], count: PredictionCounter
) -> list[bytes | None]:
    """Write the body for each row; None for a row that needs `answer_request`."""
    contents: list[bytes | None] = []
    for start in range(0, len(rows), MAX_LOOP_ROWS):
        contents += _predict_in_one_call(served, rows[start : start + MAX_LOOP_ROWS], count)
    return contents


def _predict_in_one_call(
    served: ServedModel, rows: list[list[float]], count: PredictionCounter
) -> Sequence[bytes | None]:
    if not rows:
        return []
    pack = _make_packer(len(rows[0]))
    matrix = np.frombuffer(b"".join([pack(*row) for row in rows])).reshape(len(rows), -1)
    if not _is_in_range(matrix):
        in_range = ~(np.fmax.reduce(np.abs(matrix), axis=1) > FLOAT32_MAX)
        if not in_range.all():
            contents = _predict_in_one_call(served, list(compress(rows, in_range)), count)
            return _spread(in_range.tolist(), contents)
    try:
        predictions = served.model.servable.predict(matrix)
        contents = served.writer.write_each(predictions)
    except ServableError:
        return [None] * len(rows)
    if None not in contents:
        count(served, predictions.values, matrix)
    elif any(contents):
        is_answered = [content is not None for content in contents]
        count(served, predictions.values[is_answered], matrix[is_answered])
    return contents


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
