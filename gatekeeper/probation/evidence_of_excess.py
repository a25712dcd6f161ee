"""Is a share of failures above its limit, or may that be chance? For any number of looks.

The evidence is a likelihood ratio against the limit, averaged over larger shares. While the true
share is at most the limit, its expected value never grows. So by Ville's inequality it reaches
1 / `ERROR` in at most `ERROR` of all probations, however often somebody looks.
"""

from math import exp, log, log1p

ERROR = 1e-4
"""The largest probability that a healthy version is found to fail, over a whole probation."""
MIN_FAILURES = 20
"""Fewest failures that are evidence."""
_ODDS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0)
"""The larger shares, by their odds as multiples of the limit's."""
_HALVINGS = 60


def is_above(failed: int, total: int, limit: float) -> bool:
    """Return whether the share of *failed* among *total* is surely above *limit*, from 0 to 1."""
    if failed < MIN_FAILURES or failed <= limit * total:
        return False
    ratios = [_log_ratio(failed, total, limit, times) for times in _ODDS]
    largest = max(ratios)
    evidence = largest + log(sum(exp(each - largest) for each in ratios) / len(ratios))
    return evidence >= -log(ERROR)


def find_upper_bound(failed: int, total: int) -> float:
    """Return the share that the true share exceeds with a probability of at most `ERROR`.

    It is Chernoff's bound, which holds for any number of requests; 1 without any.
    """
    if not total:
        return 1.0
    low, high = failed / total, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if total * _divergence(failed / total, middle) < -log(ERROR):
            low = middle
        else:
            high = middle
    return high


def _log_ratio(failed: int, total: int, limit: float, times: float) -> float:
    odds = times * limit / (1 - limit)
    larger = odds / (1 + odds)
    return failed * log(larger / limit) + (total - failed) * (log1p(-larger) - log1p(-limit))


def _divergence(share: float, other: float) -> float:
    """Return the Kullback-Leibler divergence of two shares."""
    found = 0.0
    if share > 0:
        found += share * log(share / other) if other > 0 else 0.0
    if share < 1:
        found += (1 - share) * (log1p(-share) - log1p(-other)) if other < 1 else float("inf")
    return found
