"""One-sided bounds of a score difference, by the same rule as the decision.

The rule promotes if the share of resamples that reach the required difference is at least the
confidence. The lower bound is the largest difference that would still pass this rule.
"""

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
ROUNDING = 1e-12
"""Largest difference of two equal numbers; relative for scores above 1."""
POWER = 0.8
"""How often a difference must be shown that counts as detectable on these rows."""


def fraction_reaching(found: Numbers, required: float) -> float:
    """Return the share of differences above *required*; an equal difference counts half."""
    return float(_shares(np.sort(found), np.array([required]))[0])


def one_sided_bounds(found: Numbers, confidence: float, required: float) -> tuple[float, float]:
    """Return the lower and the upper bound, each with *confidence*.

    *required* is at most the lower bound exactly if the share that reaches it is at least
    *confidence*. It is at least the upper bound exactly if the share is at most 1 - *confidence*.
    A bound is infinite if the resamples are too equal to have one.
    """
    ordered = np.sort(found)
    low = _lower_bound(ordered, confidence, required)
    return low, -_lower_bound(-ordered[::-1], confidence, -required)


def detectable_difference(found: Numbers, confidence: float) -> float:
    """Return how far a true difference must exceed the required one to pass with `POWER`."""
    normal = NormalDist()
    return (normal.inv_cdf(confidence) + normal.inv_cdf(POWER)) * float(found.std())


def rows_to_show(rows: int, excess: float, detectable: float) -> int | None:
    """Return how many rows show a difference that exceeds the required one by *excess*.

    *detectable* is the excess that *rows* rows show. Standard errors shrink with the square root
    of the rows. None if no number of rows is enough.
    """
    if abs(excess) * MOST_ROWS < detectable * math.sqrt(rows) or not detectable:
        return None
    return math.ceil(rows * (detectable / excess) ** 2)


MOST_ROWS = 1e6
"""The square root of the most rows that are proposed."""


def _lower_bound(ordered: Numbers, confidence: float, required: float) -> float:
    places = np.append(ordered, required)
    reached = places[_shares(ordered, places) >= confidence]
    return float(reached.max()) if len(reached) else -math.inf


def _shares(ordered: Numbers, places: Numbers) -> Numbers:
    """Return the share of *ordered* above each place; an equal number counts half."""
    near = ROUNDING * np.maximum(1.0, np.abs(places))
    above = len(ordered) - np.searchsorted(ordered, places + near, side="right")
    below = np.searchsorted(ordered, places - near, side="left")
    return np.asarray((len(ordered) + above - below) / (2 * len(ordered)))
