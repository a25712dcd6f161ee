"""The reported bounds never contradict the rule that decides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.statistics.one_sided_bounds import (
    detectable_difference,
    fraction_reaching,
    one_sided_bounds,
    rows_to_show,
)

STEPS = st.lists(st.integers(-20, 20), min_size=10, max_size=200)
CONFIDENCES = st.sampled_from([0.6, 0.8, 0.9, 0.95, 0.99])


@given(STEPS, CONFIDENCES, st.integers(-50, 50))
def test_a_difference_passes_exactly_if_its_bound_is_enough(
    steps: list[int], confidence: float, tenths: int
) -> None:
    """Also for resamples with many ties, and for requirements between two steps."""
    found, required = np.array(steps) / 400, tenths / 1000
    low, high = one_sided_bounds(found, confidence, required)
    probability = fraction_reaching(found, required)
    assert (probability >= confidence) == (low >= required)
    mirrored = fraction_reaching(-found, -required)
    assert (mirrored >= confidence) == (high <= required)
    assert probability + mirrored == pytest.approx(1)


def test_the_bounds_of_a_normal_difference_are_its_quantiles() -> None:
    found = np.random.default_rng(1).normal(0.01, 0.02, size=10_000)
    low, high = one_sided_bounds(found, 0.95, required=0.0)
    assert low == pytest.approx(np.quantile(found, 0.05), abs=1e-4)
    assert high == pytest.approx(np.quantile(found, 0.95), abs=1e-4)


def test_an_equal_difference_counts_half() -> None:
    assert fraction_reaching(np.array([-1.0, 0.0, 0.0, 1.0, 2.0]), 0.0) == pytest.approx(0.6)
    assert fraction_reaching(np.zeros(10), 0.0) == 0.5


def test_resamples_that_are_too_equal_have_no_bound() -> None:
    assert one_sided_bounds(np.zeros(10), 0.95, required=0.0) == (-np.inf, np.inf)


def test_a_detectable_difference_passes_in_8_of_10_cases() -> None:
    """Of challengers that are truly better by this, simulated with a normal error."""
    random, error = np.random.default_rng(2), 0.02
    spread = random.normal(0, error, size=1_000)
    true = detectable_difference(spread, 0.95)
    passed = [
        one_sided_bounds(random.normal(true, error) + spread, 0.95, required=0.0)[0] >= 0
        for _ in range(500)
    ]
    assert np.mean(passed) == pytest.approx(0.8, abs=0.055)


def test_the_rows_that_show_a_difference_grow_with_its_inverse_square() -> None:
    assert rows_to_show(400, 0.04, 0.04) == 400
    assert rows_to_show(400, 0.02, 0.04) == 1_600
    assert rows_to_show(400, -0.02, 0.04) == 1_600
    assert rows_to_show(400, 0.08, 0.04) == 100
    assert rows_to_show(400, 0.0, 0.04) is None
    assert rows_to_show(400, 0.02, 0.0) is None
