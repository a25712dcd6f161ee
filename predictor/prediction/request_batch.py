"""The requests of one turn of the event loop, answered by one model call. It knows no server."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress
from struct import Struct
from typing import Self

import msgspec
import numpy as np

from predictor.codec.reply import Reply
from predictor.codec.strict_values import FLOAT32_MAX
from predictor.lifecycle.event_loop_budget import MAX_LOOP_ROWS
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.prediction.single_request import answer_request
from shared.errors import ServableError
from shared.inference.servable import Rows

_AROUND_ROWS = 2
"""Brackets that open around the rows of a body."""


class RequestBatch(msgspec.Struct, frozen=True, gc=False):
    """Requests to one version, in their order."""

    served: ServedModel | None
    bodies: Sequence[bytes]
    rows: Sequence[list[float] | None]
    """The numbers, in the features' order, of each body that is plainly one row."""
    needs_thread: bool
    """Whether answering them would stall the event loop."""

    @classmethod
    def read(cls, served: ServedModel | None, bodies: Sequence[bytes]) -> Self:
        """Read *bodies* as far as they are plain."""
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


def may_exceed_json_rows(body: bytes) -> bool:
    """Each row has a bracket of its own."""
    return body.count(b"[") + body.count(b"{") > MAX_LOOP_ROWS + _AROUND_ROWS


def predict_batch(
    served: ServedModel, asked: RequestBatch, count: PredictionCounter
) -> list[Reply]:
    """The replies to what was *asked* of *served*, each as if its request had come alone."""
    headers, head = served.headers, served.head
    rows = [*filter(None, asked.rows)]
    contents: Sequence[bytes | None] = _predict_rows(served, rows, count)
    if len(rows) < len(asked.rows):
        contents = _spread([row is not None for row in asked.rows], contents)
    return [
        answer_request(served, body, count)
        if content is None
        else Reply(200, headers, content, head)
        for content, body in zip(contents, asked.bodies, strict=True)
    ]


def _predict_rows(
    served: ServedModel, rows: list[list[float]], count: PredictionCounter
) -> list[bytes | None]:
    """For each row the body of its answer; None for one that has to be looked at alone."""
    found: list[bytes | None] = []
    for start in range(0, len(rows), MAX_LOOP_ROWS):
        found += _predict_in_one_call(served, rows[start : start + MAX_LOOP_ROWS], count)
    return found


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
            found = _predict_in_one_call(served, list(compress(rows, in_range)), count)
            return _spread(in_range.tolist(), found)
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
    """Whether no number is too large for float32; False also where that is not plain.

    No number is larger than the root of the sum of all squares, which a missing value, NaN,
    leaves unknown.
    """
    return bool(np.vdot(matrix, matrix) <= FLOAT32_MAX**2)


@cache
def _make_packer(features: int) -> Callable[..., bytes]:
    """What makes a row's bytes of its numbers, in half the time that numpy takes."""
    return Struct(f"{features}d").pack


def _spread(chosen: Sequence[bool], contents: Sequence[bytes | None]) -> Sequence[bytes | None]:
    """*contents* in the places that are *chosen*, None in the others."""
    left = iter(contents)
    return [next(left) if is_chosen else None for is_chosen in chosen]
