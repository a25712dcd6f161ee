"""The two-sample test equals scipy's exact one, for any number of rows."""

import numpy as np
import pytest
from scipy import stats

from gatekeeper.drift.exact_test import compare_shares, compute_p_value


@pytest.mark.parametrize(
    ("hits", "rows", "other_hits", "other_rows"),
    [
        (3, 10, 1, 12),
        (0, 300, 90, 341),
        (300, 300, 100, 341),
        (25, 500, 0, 341),
        (900, 5_000, 30_000, 200_000),
        (12, 300, 900_000, 100_000_000),
        (5, 5, 5, 5),
    ],
)
def test_the_tail_is_fishers(hits: int, rows: int, other_hits: int, other_rows: int) -> None:
    table = [[hits, rows - hits], [other_hits, other_rows - other_hits]]
    expected = min(stats.fisher_exact(table, side).pvalue for side in ("less", "greater"))
    assert compare_shares(hits, rows, other_hits, other_rows) == pytest.approx(expected, rel=1e-6)


def test_a_difference_too_large_for_a_float_is_found_without_adding_up_zeros() -> None:
    rows = 10**12
    assert compare_shares(rows * 9 // 10, rows, rows // 10, rows) == 0.0


def test_a_false_alarm_is_at_most_as_frequent_as_the_p_value_says() -> None:
    draw = np.random.default_rng(5)
    shares = [0.001, 0.009, 0.09, 0.1, 0.3, 0.5]
    pairs = zip(draw.multinomial(60, shares, 4000), draw.multinomial(90, shares, 4000), strict=True)
    found = [compute_p_value(a.tolist(), b.tolist(), is_ordered=True) for a, b in pairs]
    for level in (0.2, 0.05, 0.01):
        assert 0 < np.mean(np.array(found) <= level) <= level


def test_a_shift_of_ordered_bins_is_found_in_fewer_rows_than_bin_by_bin() -> None:
    before = [100] * 10
    after = [88, 96, 104, 112, 120, 128, 136, 144, 152, 120]
    cuts = compute_p_value(before, after, is_ordered=True)
    assert cuts < compute_p_value(before, after, is_ordered=False) / 3


def test_a_category_without_a_row_in_the_reference_is_tested_too() -> None:
    assert compute_p_value([0, 341], [0, 500], is_ordered=False) == 1.0
    assert compute_p_value([0, 341], [4, 496], is_ordered=False) > 0.05
    assert compute_p_value([0, 341], [60, 440], is_ordered=False) < 1e-11


@pytest.mark.parametrize("live", [[0, 0, 0], [0, 9, 0]])
def test_an_empty_sample_or_a_single_bin_shows_nothing(live: list[int]) -> None:
    assert compute_p_value([0, 50, 0], live, is_ordered=True) == 1.0
