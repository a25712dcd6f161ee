"""Is a score below another one on the same rows, or may that be chance? For any number of looks.

The evidence is a likelihood ratio of the paired difference in standard errors, averaged over true
differences. Its variance is that around no difference, and rows with equal predictions do not
count. While each of the other rows is as likely to favour one model as the other, its expected
value never grows, also for few rows. So by Ville's inequality it reaches 1 / error in at most this
share of all probations, however often somebody looks.

Howard et al., Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of
Statistics 49, 2021, call it a mixture for self-normalized sums.
"""

from math import log, sqrt
from statistics import NormalDist

LEAST_IDS = 100
"""Fewest ids of labelled rows that are evidence."""
_TYPICAL_DIFFERING = 20.0
"""Number of differing rows at which the evidence needs the fewest."""


def is_below(
    difference: float, standard_error: float, *, ids: int, differing: int, error: float
) -> bool:
    """Return whether a difference of two scores is surely below 0.

    Args:
        difference: The score minus the other score, minus what is allowed.
        standard_error: That of the paired difference; 0 if it is unknown.
        ids: The number of independent rows, or of ids whose rows belong together.
        differing: How many of them have different predictions.
        error: The largest probability of a wrong answer over all looks, such as 0.0001.
    """
    if ids < LEAST_IDS or not differing or difference >= 0:
        return False
    # Resamples show the variance around the difference, and too little of it on few rows.
    variance = max(standard_error**2 + difference**2 / ids, difference**2 / differing)
    return find_evidence(-difference / sqrt(variance), differing) >= -log(error)


def find_evidence(excess: float, differing: int) -> float:
    """Return the logarithm of the likelihood ratio.

    *excess* is the difference in standard errors around no difference.
    """
    share = differing / (differing + _TYPICAL_DIFFERING)
    half = NormalDist().cdf(excess * sqrt(share))
    return log(2 * half) + log(1 - share) / 2 + share * excess**2 / 2
