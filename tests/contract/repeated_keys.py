"""How often an equal model is promoted if rows come in groups, such as twelve rows a customer.

The two models disagree on a tenth of the customers. There exactly one of them is right, on all rows
of the customer. The probability is exact, and computed without the gatekeeper's code.
"""

from scipy.stats import binom

from tests.contract.exact_power import DISAGREEMENT, is_sure, passes_when_sure

ROWS_OF_A_KEY = 12
_NEGLIGIBLE = 1e-7
"""Probability of a number of differing customers that is left out."""


def promoted_by_key(keys: int) -> float:
    """Compute how often the gate is sure if it draws customers: each is like one row."""
    return passes_when_sure(keys, 0.0)


def promoted_by_row(keys: int) -> float:
    """Sum the probability of all numbers of gained and lost customers that make the gate sure."""
    chance = 0.0
    for differing in range(1, keys + 1):
        share = float(binom.pmf(differing, keys, DISAGREEMENT))
        if share > _NEGLIGIBLE:
            needed = _least_gained(keys, differing)
            chance += share * float(binom.sf(needed - 1, differing, 0.5))
    return chance


def _least_gained(keys: int, differing: int) -> int:
    """Return the smallest number of gained customers that makes the gate sure."""
    rows, gained = keys * ROWS_OF_A_KEY, differing // 2
    while gained <= differing and not is_sure(
        rows, gained * ROWS_OF_A_KEY, (differing - gained) * ROWS_OF_A_KEY
    ):
        gained += 1
    return gained
