"""Remove columns from the rows of a table without a second copy of the rows."""

from collections.abc import Sequence

import numpy as np

from shared.inference.servable import Rows

_BLOCK_ROWS = 16384


def keep_columns(rows: Rows, kept: Sequence[int]) -> Rows:
    """Return *rows* with only the columns *kept*, in the same memory; *rows* is overwritten."""
    count, columns = rows.shape
    if len(kept) == columns:
        return rows
    result: Rows = rows.reshape(-1)[: count * len(kept)].reshape(count, len(kept))
    for start in range(0, count, _BLOCK_ROWS):
        # Each block moves towards the beginning, so it overwrites only rows that were moved.
        block = np.ascontiguousarray(rows[start : start + _BLOCK_ROWS, kept])
        result[start : start + len(block)] = block
    return result
