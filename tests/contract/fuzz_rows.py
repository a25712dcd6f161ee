"""Draw legal rows for the fuzz of served models; it shares no code with the export's own proof."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Rows

_LARGEST = 1e30
_Column = npt.NDArray[np.float64]


def fuzz_rows(
    data: Rows, features: Sequence[Feature], count: int, seed: int, pipeline: Any = None
) -> Rows:
    """Draw *count* rows: most values are near those of *data*, some are any float64.

    Others are near any number inside the fitted *pipeline*, such as a threshold.
    """
    random = np.random.default_rng(seed)
    inside = np.unique(np.concatenate([np.zeros(1), *_numbers_inside(pipeline, set())]))
    rows: Rows = data[random.integers(0, len(data), count)].copy()
    strength = random.choice((0.1, 0.5, 1.0), (count, 1))
    is_drawn = random.random(rows.shape) < strength
    wildness = random.choice((0.0, 0.02, 0.3), count)
    for index, feature in enumerate(features):
        if feature.type == "number":
            drawn = _numbers(data[:, index], inside, random, count)
            drawn = np.where(random.random(count) < wildness, _any_floats(random, count), drawn)
        elif feature.categories is not None:
            drawn = random.integers(int(UNSEEN), len(feature.categories), count).astype(float)
        else:
            drawn = random.integers(0, 2, count).astype(float)
        if feature.nullable:
            drawn[random.random(count) < 0.2] = np.nan
        rows[:, index] = np.where(is_drawn[:, index], drawn, rows[:, index])
    return rows


def _numbers(column: _Column, inside: _Column, random: np.random.Generator, count: int) -> _Column:
    known = column[~np.isnan(column)]
    in_range = inside[(inside >= known.min()) & (inside <= known.max())]
    known = np.concatenate((known, random.choice(in_range, len(known)) if len(in_range) else known))
    first, second = random.choice(known, count), random.choice(known, count)
    middle = first / 2 + second / 2
    near = np.where(random.random(count) < 0.5, first, middle)
    steps = random.integers(-3, 4, count)
    drawn: _Column = np.choose(
        random.integers(0, 8, count),
        [
            first,
            middle,
            near + steps * np.spacing(near),
            near.astype(np.float32).astype(float) + steps * np.spacing(near.astype(np.float32)),
            np.round(near) + steps,
            np.round(near + random.normal(0, known.std() + 1e-9, count), 1),
            random.normal(known.mean(), 30 * known.std() + 1.0, count),
            -near * 10.0**steps,
        ],
    )
    return drawn.clip(-_LARGEST, _LARGEST)


def _any_floats(random: np.random.Generator, count: int) -> _Column:
    """Draw float64 of all sizes that a model in float32 must take."""
    sizes: _Column = 2.0 ** random.uniform(-1000, np.log2(_LARGEST), count)
    return np.where(random.random(count) < 0.1, 0.0, random.choice((-1.0, 1.0), count) * sizes)


def _numbers_inside(value: Any, seen: set[int]) -> Iterator[_Column]:
    """Find all numbers inside an object of scikit-learn, with any meaning."""
    if isinstance(value, int | float):
        yield np.array([value], dtype=float) if np.isfinite(value) else np.zeros(1)
    elif isinstance(value, np.ndarray) and value.dtype.names:
        for name in value.dtype.names:
            yield from _numbers_inside(value[name], seen)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        yield value[np.isfinite(value)].ravel().astype(float)
    elif isinstance(value, np.ndarray | list | tuple | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers_inside(inner, seen)
    elif type(value).__module__.startswith("sklearn.") and id(value) not in seen:
        seen.add(id(value))
        yield from _numbers_inside(value.__getstate__(), seen)
