"""Metrics of the prediction log of a worker."""

from typing import Literal, TypeAlias, get_args

from predictor.metrics import families
from predictor.metrics.shared_area import SharedArea, VectorKey

DropReason: TypeAlias = Literal["queue", "write", "error"]
"""Why rows are not logged: they came too fast, the volume did not take them, or a defect."""
_REASONS: tuple[DropReason, ...] = get_args(DropReason)


class LogMetrics:
    """Counts rows. `count_rows` is for one thread, `count_dropped` for one thread at a time."""

    def __init__(self, main: SharedArea) -> None:
        self._rows = main.vector(VectorKey(families.LOG_ROWS.name), 1)
        key = VectorKey(families.LOG_DROPPED.name, (), _REASONS)
        self._dropped = main.vector(key, len(_REASONS))

    def count_rows(self, rows: int) -> None:
        """Count rows that were written."""
        self._rows[0] += rows

    def count_dropped(self, reason: DropReason, rows: int) -> None:
        """Count rows that were not written."""
        self._dropped[_REASONS.index(reason)] += rows
