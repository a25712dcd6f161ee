"""Say how uncertain scores are for a class with few rows in the holdout."""

import math
from collections.abc import Iterator, Mapping

from shared.text import join_some, quote

FEW_ROWS = 30
_Z = 1.96
"""Standard deviations of a 95 % interval."""


def describe_rare_classes(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield a note if classes have fewer than FEW_ROWS rows in the holdout, given by *counts*."""
    few = {label: rows for label, rows in counts.items() if 0 < rows < FEW_ROWS}
    if not few:
        return
    rarest = min(few, key=few.__getitem__)
    listed = join_some([f"{quote(label)} {rows}" for label, rows in few.items()])
    points = 100 * measure_uncertainty(few[rarest])
    yield (
        f"The holdout has fewer than {FEW_ROWS} rows of some classes: {listed}. The recall of "
        f"{quote(rarest)} may be off by {points:.0f} points by chance; more rows make it surer."
    )


def measure_uncertainty(rows: int) -> float:
    """Return half of the widest Wilson interval (95 %) of a share of *rows*."""
    return _Z * math.sqrt(0.25 / rows + (_Z / (2 * rows)) ** 2) / (1 + _Z**2 / rows)
