"""How long the event loop may be blocked: meanwhile all other requests of the worker wait."""

import time

import numpy as np

from shared.inference.servable import Rows, Servable

MAX_LOOP_BODY_BYTES = 32 << 10
"""Bytes of the largest body that is read on the event loop."""
MAX_LOOP_ROWS = 256
"""Rows in one model call on the event loop."""
MAX_LOOP_CALL_SECONDS = 0.01
"""Seconds that such a call may take; a slower model is called in a thread."""
_ATTEMPTS = 3
_OUTER_BRACKETS = 2
"""Brackets that open around the rows of a JSON body."""
_LEAST_BYTES = 3 * MAX_LOOP_ROWS
"""Bytes of the smallest body with too many rows: a row and its comma take three bytes."""


def may_exceed_json_rows(body: bytes) -> bool:
    """Report whether a JSON body may have too many rows for one call; a row has a bracket."""
    if len(body) <= _LEAST_BYTES:
        return False
    return body.count(b"[") + body.count(b"{") > MAX_LOOP_ROWS + _OUTER_BRACKETS


def may_exceed_binary_rows(body: bytes, features: int) -> bool:
    """Report whether a body may have too many rows of *features* numbers for one call.

    A number takes at least one byte: that of binary data of type UINT8.
    """
    return len(body) > MAX_LOOP_ROWS * features


def is_slow(servable: Servable, rows: Rows) -> bool:
    """Report whether a call with the most rows takes too long in each of a few attempts.

    *rows* are a sample. Raises ServableError if the model fails on them.
    """
    most = np.resize(rows, (MAX_LOOP_ROWS, rows.shape[1]))

    def measure_seconds() -> float:
        started = time.perf_counter()
        servable.predict(most)
        return time.perf_counter() - started

    return all(measure_seconds() > MAX_LOOP_CALL_SECONDS for _ in range(_ATTEMPTS))
