"""The requests of one turn of the event loop, answered by one model call. It knows no server."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress
from struct import Struct

import numpy as np

from predictor.loop_budget import MOST_ROWS
from predictor.predictions import answer
from predictor.replies import Reply
from predictor.served import Count, Served
from predictor.strict_values import LARGEST
from shared.errors import ServableError


def answer_together(
    served: Served,
    rows: Sequence[list[float] | None],
    bodies: Sequence[bytes],
    count: Count,
) -> list[Reply]:
    """The replies to *bodies*, in their order, each as if its request had come alone.

    *rows* are the numbers, in the features' order, of each body that is plainly one row.
    """
    is_row = [row is not None for row in rows]
    contents = _spread(is_row, _contents(served, [row for row in rows if row is not None], count))
    headers, head = served.headers, served.head
    return [
        answer(served, body, count) if content is None else Reply(200, headers, content, head)
        for content, body in zip(contents, bodies, strict=True)
    ]


def _contents(served: Served, rows: list[list[float]], count: Count) -> list[bytes | None]:
    """For each row the body of its answer; None for one that has to be looked at alone."""
    found: list[bytes | None] = []
    for start in range(0, len(rows), MOST_ROWS):
        found += _of_one_call(served, rows[start : start + MOST_ROWS], count)
    return found


def _of_one_call(served: Served, rows: list[list[float]], count: Count) -> Sequence[bytes | None]:
    if not rows:
        return []
    pack = _packer(len(rows[0]))
    matrix = np.frombuffer(b"".join([pack(*row) for row in rows])).reshape(len(rows), -1)
    # Of a missing value, NaN, nothing is said: fmax passes over it.
    if np.fmax.reduce(np.abs(matrix), axis=None) > LARGEST:
        in_range = ~(np.fmax.reduce(np.abs(matrix), axis=1) > LARGEST)
        found = _of_one_call(served, list(compress(rows, in_range)), count)
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


@cache
def _packer(features: int) -> Callable[..., bytes]:
    """What makes a row's bytes of its numbers, in half the time that numpy takes."""
    return Struct(f"{features}d").pack


def _spread(chosen: Sequence[bool], contents: Sequence[bytes | None]) -> Sequence[bytes | None]:
    """*contents* in the places that are *chosen*, None in the others."""
    left = iter(contents)
    return [next(left) if is_chosen else None for is_chosen in chosen]
