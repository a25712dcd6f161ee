"""Intervals of few rows cover the true value, also if every row is right or wrong."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from gatekeeper.statistics.small_sample_intervals import (
    MAX_ROWS,
    difference_interval,
    find_intervals,
    share_interval,
)
from shared.inference.servable import Predictions


def right(count: int, rows: int) -> np.ndarray:
    return np.arange(rows) < count


@pytest.mark.parametrize(("rows", "share"), list(product((10, 30, 99), (0.6, 0.9, 0.99))))
def test_an_interval_of_a_share_covers_the_true_share(rows: int, share: float) -> None:
    covered = 0.0
    for count in range(rows + 1):
        low, high = share_interval(right(count, rows))
        covered += binom.pmf(count, rows, share) * (low <= share <= high)
    assert covered > 0.9


@pytest.mark.parametrize(("won", "lost"), [(0.05, 0.05), (0.1, 0.02), (0.0, 0.3)])
def test_an_interval_of_a_difference_covers_the_true_difference(won: float, lost: float) -> None:
    rows, covered, shares = 30, 0.0, [won, lost, 1 - won - lost]
    for more, less in product(range(rows + 1), repeat=2):
        if more + less <= rows:
            ours = right(more, rows)
            theirs = right(more + less, rows) & ~ours
            low, high = difference_interval(ours, theirs)
            chance = multinomial.pmf([more, less, rows - more - less], rows, shares)
            covered += chance * (low <= won - lost <= high)
    assert covered > 0.91


def test_rows_that_are_all_wrong_do_not_look_certain() -> None:
    low, high = share_interval(right(0, 99))
    assert (low, round(high, 3)) == (0.0, 0.037)
    low, high = difference_interval(right(0, 99), right(99, 99))
    assert (low, round(high, 3)) == (-1.0, -0.947)


@pytest.mark.parametrize("metric", ["f1", "roc_auc", "neg_log_loss", "balanced_accuracy"])
def test_other_metrics_have_the_percentiles_of_resamples(metric: str) -> None:
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 2, 200)
    models = []
    for _ in range(2):
        sure = np.clip(truth * 0.4 + generator.normal(0.3, 0.3, 200), 0.01, 0.99)
        answers = (sure > 0.5).astype(np.int64)
        models.append(Predictions(answers, np.column_stack((1 - sure, sure))))
    own, difference = find_intervals(metric, truth, models, 2)
    assert own is not None
    assert difference is not None
    assert 0 < own[1] - own[0] < 0.4
    assert difference[0] < difference[1]
    alone, nothing = find_intervals(metric, truth, models[:1], 2)
    assert nothing is None
    assert alone == pytest.approx(own, abs=0.02)


def test_resamples_that_do_not_differ_show_no_interval() -> None:
    truth = np.array([0, 1] * 10)
    assert find_intervals("f1", truth, [Predictions(truth, None)] * 2, 2) == (None, None)


def test_many_rows_need_no_interval() -> None:
    truth = np.zeros(MAX_ROWS + 1, dtype=np.int64)
    assert find_intervals("accuracy", truth, [Predictions(truth, None)], 2) == (None, None)


def test_numbers_have_an_interval_too() -> None:
    truth = np.linspace(0, 1, 50)
    models = [Predictions(truth + error, None) for error in (0.1 * np.sin(np.arange(50)), 0.1)]
    own, difference = find_intervals("neg_mean_absolute_error", truth, models, 0)
    assert own is not None
    assert own[0] < own[1] < 0
    assert difference is not None
