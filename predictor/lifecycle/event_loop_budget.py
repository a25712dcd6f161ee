"""What the event loop may stand still for: all other requests of a worker wait meanwhile."""

import time

import numpy as np

from shared.inference.servable import Rows, Servable

MAX_LOOP_BODY_BYTES = 32 << 10
"""Bytes of a body that is read on the event loop. Its rows are as many as fit."""
MAX_LOOP_ROWS = 256
"""Rows in one model call on the event loop."""
MAX_LOOP_CALL_SECONDS = 0.01
"""The longest that such a call may take; a model that takes longer is called in a thread."""
_ATTEMPTS = 3


def may_exceed_binary_rows(body: bytes, features: int) -> bool:
    """Whether *body* may hold more rows of *features* numbers than one call on the loop.

    A number takes one byte at least: that of binary data of type UINT8.
    """
    return len(body) > MAX_LOOP_ROWS * features


def is_slow(servable: Servable, rows: Rows) -> bool:
    """Whether a call with the most rows takes too long, each of a few times it is tried.

    *rows* are a sample; ServableError when the model fails on them.
    """
    most = np.resize(rows, (MAX_LOOP_ROWS, rows.shape[1]))

    def seconds() -> float:
        started = time.perf_counter()
        servable.predict(most)
        return time.perf_counter() - started

    return all(seconds() > MAX_LOOP_CALL_SECONDS for _ in range(_ATTEMPTS))
