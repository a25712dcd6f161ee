"""The luck of the best of equal models, and what the gate allows for it."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from gatekeeper.statistics.luck import allow_for_luck, expect_best, explain_lead


@pytest.mark.parametrize("models", [1, 2, 3, 5, 20, 51, 500])
def test_the_expected_luck_of_the_best_model_is_that_of_the_integral(models: int) -> None:
    exact, _ = quad(lambda z: z * models * norm.pdf(z) * norm.cdf(z) ** (models - 1), -9, 9)
    assert expect_best(models) == pytest.approx(exact, abs=0.03)


def test_a_single_model_has_no_luck() -> None:
    assert expect_best(1) == 0.0
    assert allow_for_luck(0.5, 0.0, models=1, sd=0.1, reused=1.0) == 0.0
    assert explain_lead(0.5, models=1, sd=0.1, reused=1.0) == 0.0


def test_the_allowance_follows_the_validation_lead_up_to_what_luck_explains() -> None:
    assert allow_for_luck(0.01, 0.0, models=51, sd=0.016, reused=1.0) == pytest.approx(0.011)
    assert allow_for_luck(0.2, 0.0, models=51, sd=0.016, reused=1.0) == pytest.approx(
        2.25 * 0.016, rel=0.01
    )


@pytest.mark.parametrize("lead", [0.0, -0.01, -1.0])
def test_a_challenger_that_is_not_better_on_validation_gets_no_allowance(lead: float) -> None:
    assert allow_for_luck(lead, 0.0, models=51, sd=0.016, reused=1.0) == 0.0


def test_a_larger_search_must_be_better_by_more() -> None:
    """The best of many settings is lucky on validation too."""
    extra = expect_best(50) - expect_best(5)
    assert allow_for_luck(0.016 * extra, extra, models=51, sd=0.016, reused=1.0) == 0.0
    less = 1.1 * (0.02 - 0.016 * extra)
    assert allow_for_luck(0.02, extra, models=51, sd=0.016, reused=1.0) == pytest.approx(less)


def test_luck_explains_no_more_than_the_lead() -> None:
    assert explain_lead(-0.01, models=51, sd=0.016, reused=1.0) == 0.0
    assert explain_lead(0.01, models=51, sd=0.016, reused=1.0) == 0.01
    most = expect_best(51) * 0.016 / np.sqrt(2)
    assert explain_lead(0.2, models=51, sd=0.016, reused=1.0) == pytest.approx(most)


def test_new_rows_have_no_luck() -> None:
    assert allow_for_luck(0.2, 0.0, models=51, sd=0.016, reused=0.0) == 0.0
    assert explain_lead(0.2, models=51, sd=0.016, reused=0.0) == 0.0


def test_rows_that_came_later_have_a_part_of_the_luck() -> None:
    """The champion was promoted on a sixteenth of the rows, and stayed on a quarter on average."""
    whole, part = (
        allow_for_luck(0.2, 0.0, models=51, sd=0.016, reused=reused) for reused in (1.0, 1 / 16)
    )
    assert part == pytest.approx(whole / 2), "a mean of four times the rows has half the luck"
    assert explain_lead(0.01, models=51, sd=0.016, reused=0.25) == 0.0025
