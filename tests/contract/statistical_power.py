"""How often the gatekeeper's bootstrap promotes a challenger on simulated holdouts."""

from functools import cache

import numpy as np
import numpy.typing as npt

from gatekeeper.statistics.one_sided_bounds import fraction_reaching
from gatekeeper.statistics.paired_bootstrap import (
    SORTED_WORK,
    WORK_PER_SECOND,
    score_differences,
)
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import REGRESSION
from shared.scoring.truth import Truth
from tests.contract.exact_power import CONFIDENCE, DISAGREEMENT

RESAMPLES = 1_000
"""Minimum number of resamples of each simulated holdout, for metrics other than accuracy."""


@cache
def is_promoted(rows: int, gained: int, lost: int) -> bool:
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
