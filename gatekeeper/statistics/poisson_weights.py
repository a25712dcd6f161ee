"""Draw how often each row is in each of many resamples.

Independent Poisson(1) numbers replace the multinomial numbers of drawing with replacement. Every
metric divides by their sum. They are cheap to draw: each is a threshold on 16 random bits.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.uint8]
"""Shape [rows, resamples of a block]."""

_LEVELS = 1 << 16
_AT_LEAST = [
    threshold
    for count in range(12)
    if (
        threshold := round(
            _LEVELS * sum(math.exp(-1) / math.factorial(k) for k in range(count + 1))
        )
    )
    < _LEVELS
]
"""Smallest values of 16 bits for which a row is drawn once, twice, …"""
CHUNK = 4096
"""Number of rows that are processed together: their numbers fit into the processor's cache."""
_BLOCK = 3_200_000
"""Largest number of weights in memory at the same time."""


def draw_blocks(
    rows: int, resamples: int, generator: np.random.SFC64, width: int | None = None
) -> Iterator[Weights]:
    """Yield the weights of all resamples, in blocks of limited memory.

    *width* is the number of rows that the caller makes of each block; *rows* by default.
    """
    size = max(8, _BLOCK // (width or rows))
    for start in range(0, resamples, size):
        yield _draw(rows, min(size, resamples - start), generator)


def _draw(rows: int, resamples: int, generator: np.random.SFC64) -> Weights:
    weights = np.empty((rows, resamples), dtype=np.uint8)
    for start in range(0, rows, CHUNK):
        part = weights[start : start + CHUNK]
        raw = generator.random_raw(-(-part.size // 4)).view(np.uint16)[: part.size]
        bits = raw.reshape(part.shape)
        np.greater_equal(bits, _AT_LEAST[0], out=part.view(np.bool_))
        for threshold in _AT_LEAST[1:]:
            part += (bits >= threshold).view(np.uint8)
    return weights


def weighted_sums(vectors: npt.NDArray[np.float64], weights: Weights) -> npt.NDArray[np.float64]:
    """Sum each of *vectors*, shape [k, rows], over each resample; return shape [k, resamples]."""
    total = np.zeros((len(vectors), weights.shape[1]))
    for start in range(0, weights.shape[0], CHUNK):
        part = slice(start, start + CHUNK)
        total += vectors[:, part] @ weights[part].astype(np.float64)
    return total
