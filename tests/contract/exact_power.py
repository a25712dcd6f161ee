"""How often a challenger is promoted, computed exactly and without the gatekeeper's code.

Two models disagree on a share of all rows, so that exactly one of them is right there. On a holdout
the challenger gains some rows and loses others; both numbers are multinomial. The rule of
GATEKEEPER_CONFIDENCE has infinitely many resamples here, and no threshold is interpolated.
"""

from functools import cache
from math import ceil, floor, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, gammaln, xlogy

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
CONFIDENCE = 0.95
ACCURACY = 0.9
DISAGREEMENT = 0.1
"""Fraction of rows on which one model is right and the other wrong."""
_TAIL = 7
"""Standard deviations from the mean beyond which a binomial number is left out."""
_NEAR = 1e-9
"""Numbers of rows that are nearer are equal: a margin times a number of rows is not exact."""


def passes_by_default(rows: int, improvement: float) -> float:
    """Compute how often the challenger's accuracy is not below the champion's."""
    differing = _likely(rows, DISAGREEMENT)
    gains = (DISAGREEMENT + improvement) / 2 / DISAGREEMENT
    at_least_half = 1 - _at_most(np.ceil(differing / 2) - 1, differing, gains)
    return float((_chance(differing, rows, DISAGREEMENT) * at_least_half).sum())


@cache
def passes_when_sure(
    rows: int, improvement: float, margin: float = 0.0, disagreement: float = DISAGREEMENT
) -> float:
    """Compute how often it is, with the confidence, not below by more than *margin*."""
    gain, loss = (disagreement + improvement) / 2, (disagreement - improvement) / 2
    lost = _likely(rows, loss)
    needed, enough = [], 0
    for each in lost:
        while not is_sure(rows, enough, int(each), margin):
            enough += 1
        needed.append(enough)
    passes = 1 - _at_most(np.array(needed, dtype=float) - 1, rows - lost, gain / (1 - loss))
    return float((_chance(lost, rows, loss) * passes).sum())


def is_sure(rows: int, gained: int, lost: int, margin: float = 0.0) -> bool:
    """Return whether this many gained and lost rows pass the rule of the bootstrap.

    Models that no row distinguishes are not sure, unless the margin has room for 3/n of the rows.
    """
    if gained == lost == 0:
        return bool(margin >= 1 - (1 - CONFIDENCE) ** (1 / rows))
    return share_above(rows, gained, lost, -margin) >= CONFIDENCE


def share_above(rows: int, gained: int, lost: int, required: float) -> float:
    """Compute the share of all resamples above the *required* difference; a tie counts half."""
    drawn = _likely(rows, gained / rows)
    others, share = rows - drawn, lost / (rows - gained) if rows > gained else 0.0
    least = drawn - required * rows
    above = _at_most(np.ceil(least - _NEAR) - 1, others, share)
    reaching = _at_most(np.floor(least + _NEAR), others, share)
    return float((_chance(drawn, rows, gained / rows) * (above + reaching)).sum() / 2)


def one_of_many_passes(rows: int, tries: int, holdouts: int, seed: int) -> float:
    """Simulate how often one of some equal models passes on one holdout, against one champion.

    All models have the same base. Each flips its own rows, so any two disagree on a tenth.
    """
    random = np.random.default_rng(seed)
    flips = (1 - sqrt(1 - 2 * DISAGREEMENT)) / 2
    base = random.random((holdouts, 1, rows)) < (ACCURACY - flips) / (1 - 2 * flips)
    right = base ^ (random.random((holdouts, tries + 1, rows), dtype=np.float32) < flips)
    champion, others = right[:, :1], right[:, 1:]
    gained, lost = (others & ~champion).sum(axis=2), (champion & ~others).sum(axis=2)
    needed, enough = [], 0
    for each in range(lost.max() + 1):
        while not is_sure(rows, enough, each):
            enough += 1
        needed.append(enough)
    return float((gained >= np.array(needed)[lost]).any(axis=1).mean())


def _likely(rows: int, share: float) -> Numbers:
    """Return the numbers of rows that are likely for a binomial share."""
    middle, spread = rows * share, sqrt(rows * share * (1 - share)) + 1
    low, high = floor(middle - _TAIL * spread), ceil(middle + _TAIL * spread)
    return np.arange(max(0, low), min(rows, high) + 1, dtype=np.float64)


def _chance(count: Numbers, rows: int, share: float) -> Numbers:
    """Return the probability of each count."""
    ways = gammaln(rows + 1) - gammaln(count + 1) - gammaln(rows - count + 1)
    return np.asarray(np.exp(ways + xlogy(count, share) + xlogy(rows - count, 1 - share)))


def _at_most(count: Numbers, rows: Numbers, share: float) -> Numbers:
    """Return the probability of at most each count."""
    found = np.where(count < 0, 0.0, 1.0)
    inside = (count >= 0) & (count < rows)
    found[inside] = betainc((rows - count)[inside], count[inside] + 1, 1 - share)
    return found
