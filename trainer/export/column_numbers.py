"""Draw numbers for a column as clients may send them, where converted models go wrong.

They are at, just beside, between and beyond the data's numbers, and the numbers that the fitted
estimators compare with. "Beside" is the next float64 and the next float32 on both sides.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.inference.servable import Rows

Numbers = npt.NDArray[np.float64]
FARTHEST = 1e30
"""The largest number. Below it, float32 models seldom overflow to infinity."""
_BEYOND = (1e-6, 1e-3, 0.1, 1.0, 10.0, 100.0)
"""How far beyond the data a number lies, in multiples of the data's range."""
_PLAIN = (0.0, -0.0, 1.0, -1.0, 0.5, 2.5)
_LEAST_EXPONENT, _GREAT_EXPONENT = -300, 3
_TINY_SHARE = 0.3
"""How many of the extreme numbers are tiny; the others are huge."""
_EXTREME_SHARE = 0.4
_ORDINARY = 1000.0
"""Multiple of a column's numbers beyond which a number is not ordinary."""
_LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
"""The largest number that /predict accepts."""


class ColumnNumbers:
    """The numbers to try in one column."""

    def __init__(self, column: Rows, fitted_numbers: Numbers) -> None:
        known = np.unique(column[~np.isnan(column)])
        known = known if len(known) else np.zeros(1)
        self._least, self._most = known[0], known[-1]
        spread = (self._most - self._least) or abs(self._most) or 1.0
        self.largest_ordinary = _ORDINARY * max(abs(self._least), abs(self._most), spread)
        """The size up to which a step of a pipeline should not overflow."""
        is_near = (fitted_numbers >= self._least - spread) & (fitted_numbers <= self._most + spread)
        between = known[:-1] + np.diff(known) / 2
        sources = [known, between, fitted_numbers[is_near]]
        sources = [numbers for numbers in sources if len(numbers)]
        beyond = spread * np.array(_BEYOND)
        pools = (
            *sources,
            *map(_beside, sources),
            np.concatenate((np.floor(known), np.ceil(known), known + 0.5, -known, _PLAIN)),
            np.concatenate((self._least - beyond, self._most + beyond)),
        )
        self._pools = [np.clip(pool, -_LARGEST_FLOAT32, _LARGEST_FLOAT32) for pool in pools]

    def draw(self, random: np.random.Generator, may_be_extreme: npt.NDArray[Any]) -> Numbers:
        """Draw a number for each row; some of those that *may_be_extreme* are tiny or huge."""
        count = len(may_be_extreme)
        numbers = [random.choice(pool, count) for pool in self._pools]
        numbers.append(random.uniform(self._least, self._most, count))
        drawn: Numbers = np.choose(random.integers(0, len(numbers), count), numbers)
        is_extreme = may_be_extreme & (random.random(count) < _EXTREME_SHARE)
        return np.where(is_extreme, _draw_extreme(random, count), drawn)


def _draw_extreme(random: np.random.Generator, count: int) -> Numbers:
    tiny = random.uniform(_LEAST_EXPONENT, 0, count)
    huge = random.uniform(_GREAT_EXPONENT, np.log10(FARTHEST), count)
    exponents = np.where(random.random(count) < _TINY_SHARE, tiny, huge)
    drawn: Numbers = random.choice((-1.0, 1.0), count) * 10.0**exponents
    return drawn


def _beside(numbers: Numbers) -> Numbers:
    """Return the neighbours of *numbers* in float64 and in float32, and their float32 values."""
    narrow = numbers.astype(np.float32)
    parts: list[npt.NDArray[Any]] = [numbers, narrow]
    for side in (-np.inf, np.inf):
        parts += [np.nextafter(numbers, side), np.nextafter(narrow, np.float32(side))]
    return np.concatenate(parts, dtype=np.float64)
