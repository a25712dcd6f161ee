"""Generate legal rows that the data does not hold, as clients may send them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Rows
from trainer.export.column_numbers import ColumnNumbers, Numbers

_MAX_SAMPLE = 2000
"""Rows of the data that rows are generated from; fewer for wide tables."""
_MAX_CELLS = 2_000_000
_MIN_SAMPLE = 100
_EXTREME_ROWS = 0.15
"""How many rows may have tiny and huge numbers."""
_REPLACED = (0.0, 0.3, 1.0)
"""How many cells of a row of the data are replaced: one, some, all."""
_MISSING, _UNSEEN = 0.15, 0.25
"""How many of the replaced cells are missing or unseen, where the feature allows it."""


class RowGenerator:
    """A seeded source of legal rows."""

    def __init__(
        self, rows: Rows, features: Sequence[Feature], fitted_numbers: Numbers, seed: int
    ) -> None:
        self._random = np.random.default_rng(seed)
        count = min(len(rows), _MAX_SAMPLE, max(_MAX_CELLS // len(features), _MIN_SAMPLE))
        chosen = self._random.choice(len(rows), count, replace=False)
        self._sample: Rows = rows[np.sort(chosen)]
        self._features = features
        self._numbers = [
            ColumnNumbers(column, fitted_numbers) if feature.type == "number" else None
            for column, feature in zip(self._sample.T, features, strict=True)
        ]

    def generate(self, count: int) -> Rows:
        """Take rows of the data, and replace one cell, some cells, or all."""
        random = self._random
        rows: Rows = random.choice(self._sample, count)
        is_replaced = random.random(rows.shape) < random.choice(_REPLACED, (count, 1))
        is_replaced[np.arange(count), random.integers(0, rows.shape[1], count)] = True
        may_be_extreme = random.random(count) < _EXTREME_ROWS
        for index in range(rows.shape[1]):
            drawn = self._draw_column(index, may_be_extreme)
            rows[:, index] = np.where(is_replaced[:, index], drawn, rows[:, index])
        return rows

    def are_ordinary(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Return for each row whether no number is far larger than those of its column."""
        limits = [np.inf if each is None else each.largest_ordinary for each in self._numbers]
        is_far: npt.NDArray[np.bool_] = np.abs(rows) > np.array(limits)
        return np.asarray(~is_far.any(axis=1))

    def _draw_column(self, index: int, may_be_extreme: npt.NDArray[np.bool_]) -> Numbers:
        random, feature, numbers = self._random, self._features[index], self._numbers[index]
        count = len(may_be_extreme)
        if numbers is not None:
            drawn = numbers.draw(random, may_be_extreme)
        else:
            codes = len(feature.categories or (False, True))
            drawn = random.integers(0, codes, count).astype(np.float64)
        if feature.categories is not None:
            drawn[random.random(count) < _UNSEEN] = UNSEEN
        if feature.nullable:
            drawn[random.random(count) < _MISSING] = np.nan
        return drawn
