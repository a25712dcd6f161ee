"""The index is that of large samples, and chance does not raise it in small ones."""

import numpy as np
import pytest
from scipy import stats

from gatekeeper.drift.stability_index import compute_stability_index

DECILES = np.full(10, 0.1)


def shifted(deviations: float) -> np.ndarray:
    """Return the shares of a normal number in its deciles after a shift."""
    edges = stats.norm.ppf(np.arange(1, 10) / 10)
    return np.diff(np.concatenate(([0], stats.norm.cdf(edges - deviations), [1])))


def test_the_index_of_large_samples_is_the_textbooks() -> None:
    reference = [10**8] * 10
    live = (10**9 * shifted(1.0)).astype(int)
    share = live / live.sum()
    expected = float(((share - 0.1) * np.log(share / 0.1)).sum())
    found = compute_stability_index(reference, live.tolist())
    assert found == pytest.approx(expected, rel=1e-4)
    assert found == pytest.approx(0.93, abs=0.005)


@pytest.mark.parametrize(("rows", "reference_rows"), [(300, 341), (100, 100_000), (5_000, 200)])
def test_few_rows_have_no_larger_index_on_average(rows: int, reference_rows: int) -> None:
    draw = np.random.default_rng(3)
    true = float(((shifted(0.5) - 0.1) * np.log(shifted(0.5) / 0.1)).sum())
    found = [
        compute_stability_index(a.tolist(), b.tolist())
        for a, b in zip(
            draw.multinomial(reference_rows, DECILES, 400),
            draw.multinomial(rows, shifted(0.5), 400),
            strict=True,
        )
    ]
    assert np.mean(found) == pytest.approx(true, abs=0.02)


def test_an_empty_bin_has_a_finite_index() -> None:
    assert 0.5 < compute_stability_index([0, 341], [100, 400]) < 2


@pytest.mark.parametrize(("reference", "live"), [([0, 0], [5, 5]), ([5, 5], [0, 0]), ([9], [9])])
def test_nothing_to_compare_has_no_index(reference: list[int], live: list[int]) -> None:
    assert compute_stability_index(reference, live) == 0.0
