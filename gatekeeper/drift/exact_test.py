"""A two-sample test for counts in bins that is exact for any number of rows.

Each bin, and each cut between ordered bins, divides both samples in two. Fisher's exact test
compares such shares: its probabilities are right for small samples, for empty bins and far in the
tail, where chi-square is not. The number of these divisions corrects the result.
"""

import math
from collections.abc import Iterator, Sequence

_NEGLIGIBLE = 1e-12
"""Share of the sum at which the remaining terms of a tail are too small to matter."""


def compute_p_value(reference: Sequence[int], live: Sequence[int], *, is_ordered: bool) -> float:
    """Return the probability of a difference as large as this without drift, at most.

    Only the division with the largest difference is tested, which can only raise the result.
    *is_ordered* says that neighbouring bins are close, as those of numbers are.
    """
    rows, other_rows = sum(live), sum(reference)
    if not rows or not other_rows:
        return 1.0
    divisions = list(_divide(reference, live, is_ordered=is_ordered))
    if not divisions:
        return 1.0
    hits, other_hits = max(
        divisions, key=lambda each: _deviation(each[0], rows, each[1], other_rows)
    )
    p_value = 2 * compare_shares(hits, rows, other_hits, other_rows)
    return min(1.0, p_value * len(divisions))


def compare_shares(hits: int, rows: int, other_hits: int, other_rows: int) -> float:
    """Return Fisher's one-sided p-value in the direction of the difference.

    Both samples together have a fixed number of hits. Under no drift, those among *rows* are
    hypergeometric.
    """
    if hits * other_rows < other_hits * rows:  # the lower tail of hits is the upper one of misses
        hits, other_hits = rows - hits, other_rows - other_hits
    total, all_hits = rows + other_rows, hits + other_hits
    term = math.exp(
        _log_choose(all_hits, hits)
        + _log_choose(total - all_hits, rows - hits)
        - _log_choose(total, rows)
    )
    tail = term
    for count in range(hits, min(all_hits, rows)):
        misses = total - all_hits - rows + count + 1
        term *= (all_hits - count) * (rows - count) / ((count + 1) * misses)
        tail += term
        if term <= _NEGLIGIBLE * tail:  # also if both are too small for a float
            break
    return min(1.0, tail)


def _divide(
    reference: Sequence[int], live: Sequence[int], *, is_ordered: bool
) -> Iterator[tuple[int, int]]:
    """Return the counts of both samples, live first, in each division that is tested."""
    used = [pair for pair in zip(live, reference, strict=True) if any(pair)]
    if len(used) < 2:  # noqa: PLR2004 - one bin cannot be divided
        return
    if len(used) == 2:  # noqa: PLR2004 - a second bin only repeats the first
        yield used[0]
        return
    yield from used
    if is_ordered:  # the first and the last cut divide as their bins do
        now = before = 0
        for place, (live_count, reference_count) in enumerate(used[:-2]):
            now, before = now + live_count, before + reference_count
            if place:
                yield now, before


def _deviation(hits: int, rows: int, other_hits: int, other_rows: int) -> float:
    """Return the squared difference of two shares in units of its variance."""
    share = (hits + other_hits) / (rows + other_rows)
    difference = hits / rows - other_hits / other_rows
    variance = share * (1 - share) * (1 / rows + 1 / other_rows)
    return difference * difference / variance


def _log_choose(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
