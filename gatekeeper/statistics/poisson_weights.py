"""How often each row is drawn in each of many resamples.

Independent Poisson(1) numbers stand for the multinomial ones of drawing with replacement; every
metric divides by their sum. They are cheap: thresholds on 16 random bits.
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
"""From which value of 16 bits on a row is drawn once, twice, …"""
CHUNK = 4096
"""Rows that are worked on together: their numbers stay in the processor's cache."""
_BLOCK = 3_200_000


def draw_blocks(rows: int, resamples: int, generator: np.random.SFC64) -> Iterator[Weights]:
    """Weights of all resamples, in blocks of bounded memory."""
    size = max(8, _BLOCK // rows)
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
    """Sums of each of *vectors*, shape [k, rows], over each resample: [k, resamples]."""
    total = np.zeros((len(vectors), weights.shape[1]))
    for start in range(0, weights.shape[0], CHUNK):
        part = slice(start, start + CHUNK)
        total += vectors[:, part] @ weights[part].astype(np.float64)
    return total
