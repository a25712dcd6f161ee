"""How often a challenger is promoted, with and without GATEKEEPER_CONFIDENCE.

The probability is computed for accuracy and any true improvement. For other metrics it is
simulated with two equally good models.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import numpy.typing as npt

from gatekeeper.statistics.paired_bootstrap import (
    SORTED_WORK,
    WORK_PER_SECOND,
    fraction_reaching,
    score_differences,
)
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import REGRESSION
from shared.scoring.scorers import Truth

CONFIDENCE = 0.95
DISAGREEMENT = 0.1
"""Fraction of rows on which one model is right and the other wrong."""
RESAMPLES = 1_000
"""Minimum number of resamples of each simulated holdout, for metrics other than accuracy."""
_DRAWS = 100_000
_PLACES = 16


@cache
def is_sure(rows: int, gained: int, lost: int) -> bool:
    """Return whether this many newly correct and newly wrong predictions give enough confidence."""
    truth = np.zeros(rows, dtype=np.int64)
    ours, theirs = truth.copy(), truth.copy()
    theirs[:gained] = 1
    ours[rows - lost :] = 1
    challenger, champion = Predictions(ours, None), Predictions(theirs, None)
    found = score_differences("accuracy", truth, challenger, champion, classes=2, seed=1)
    return fraction_reaching(found, 0.0) >= CONFIDENCE


def holdouts(
    rows: int, improvement: float, count: int, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Draw newly correct and newly wrong predictions on *count* holdouts for a true improvement."""
    shares = [(DISAGREEMENT + improvement) / 2, (DISAGREEMENT - improvement) / 2]
    draws = np.random.default_rng(seed).multinomial(rows, [*shares, 1 - DISAGREEMENT], size=count)
    return draws[:, 0], draws[:, 1]


def promoted_by_default(rows: int, improvement: float) -> float:
    """Compute how often the challenger's score is not below the champion's."""
    gained, lost = holdouts(rows, improvement, _DRAWS, seed=rows)
    return float((gained >= lost).mean())


def promoted_when_sure(rows: int, improvement: float) -> float:
    """Compute how often it is not below with enough confidence."""
    gained, lost = holdouts(rows, improvement, _DRAWS, seed=rows)
    places = np.unique(np.linspace(lost.min(), lost.max(), _PLACES).astype(int))
    needed = [
        least(partial(_is_sure_with, rows, int(at)), int(at), int(at) + rows // 2) for at in places
    ]
    return float((gained >= np.interp(lost, places, needed)).mean())


def _is_sure_with(rows: int, lost: int, gained: int) -> bool:
    return is_sure(rows, gained, lost)


def least(is_enough: Callable[[int], bool], too_few: int, enough: int) -> int:
    """Search the smallest sufficient number between an insufficient and a sufficient one."""
    if is_enough(too_few):
        return too_few
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if is_enough(middle) else (middle, enough)
    return enough


def equal_models(
    metric: str, rows: int, random: np.random.Generator
) -> tuple[Truth, Predictions, Predictions]:
    """Draw a holdout and two equally good models that find the same rows hard."""
    if metric in REGRESSION:
        truth = random.gamma(3.0, size=rows)
        hard = truth + random.normal(scale=0.5, size=rows)
        one, other = (hard + random.normal(scale=0.5, size=rows) for _ in range(2))
        return truth, Predictions(one, None), Predictions(other, None)
    target = (random.random(rows) < 0.3).astype(np.int64)
    hard = 1.5 * (2 * target - 1) + random.normal(size=rows)
    both = (1 / (1 + np.exp(-hard - random.normal(size=rows))) for _ in range(2))
    one, other = (np.column_stack((1 - chance, chance)) for chance in both)
    return target, Predictions(one.argmax(axis=1), one), Predictions(other.argmax(axis=1), other)


def promoted_by_chance(metric: str, rows: int, count: int, seed: int) -> float:
    """Simulate how often the newer of two equally good models is promoted on *count* holdouts."""
    random, promoted = np.random.default_rng(seed), 0
    classes = 0 if metric in REGRESSION else 2
    seconds = RESAMPLES * SORTED_WORK * rows / WORK_PER_SECOND
    for number in range(count):
        truth, one, other = equal_models(metric, rows, random)
        found = score_differences(
            metric, truth, one, other, classes=classes, seed=number, seconds=seconds
        )
        promoted += fraction_reaching(found, 0.0) >= CONFIDENCE
    return promoted / count
