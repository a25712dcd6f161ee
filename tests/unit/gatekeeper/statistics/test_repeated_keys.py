"""Recalls and calibration of rows that share keys: the intervals contain the true value."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binomtest

from gatekeeper.statistics.calibration import measure_calibration
from gatekeeper.statistics.recall_intervals import count_effective_rows, exact_intervals
from gatekeeper.statistics.row_groups import RowGroups
from shared.inference.servable import Predictions
from tests.support.sweep import sweep

ROWS_OF_A_KEY = 12


def keys_of(sizes: npt.ArrayLike) -> RowGroups:
    """Return groups of these sizes."""
    counts = np.asarray(sizes)
    return RowGroups(np.repeat(np.arange(len(counts)), counts), len(counts))


def recall_interval(right: npt.NDArray[np.bool_], groups: RowGroups) -> tuple[float, float]:
    classes = np.zeros(len(right), dtype=np.intp)
    rows, _ = count_effective_rows(classes, right, groups, 1, 0.95)
    low, high = exact_intervals(right.mean() * rows, rows, 0.95)
    return float(low[0]), float(high[0])


@pytest.mark.parametrize("right", [0, 3, 20])
def test_copies_of_rows_have_the_interval_of_one_copy(right: int) -> None:
    once = np.arange(20) < right
    found = recall_interval(np.repeat(once, ROWS_OF_A_KEY), keys_of([ROWS_OF_A_KEY] * 20))
    expected = binomtest(right, 20).proportion_ci(0.95, method="exact")
    # The variance of 20 keys is estimated, so the interval is a little wider.
    assert found == pytest.approx((expected.low, expected.high), abs=0.04)
    assert found[0] <= expected.low + 1e-9
    assert found[1] >= expected.high - 1e-9


def test_each_class_has_its_own_keys() -> None:
    """The first class has six rows of two keys, and the second class five keys, all right."""
    classes = np.array([0] * 6 + [1] * 5)
    groups = RowGroups(np.array([0, 0, 0, 1, 1, 1, 0, 1, 2, 3, 4]), 5)
    rows, keys = count_effective_rows(classes, np.ones(11, dtype=bool), groups, 3, 0.95)
    assert keys.tolist() == [2, 5, 0]
    assert rows[:2].tolist() == [2, 5]


def test_one_key_shows_no_more_than_one_row() -> None:
    right = np.arange(12) < 6
    assert recall_interval(right, keys_of([12])) == pytest.approx((0, 1), abs=0.03)


def recall_coverage(sizes: npt.NDArray[np.intp], alike: float, count: int) -> tuple[float, float]:
    """Return how often the intervals contain a recall of 0.9: by key, and by row.

    A fraction *alike* of the keys has only right rows, or only wrong ones.
    """
    random = np.random.default_rng(1)
    groups, covered = keys_of(sizes), np.zeros(2)
    by_row = RowGroups(np.arange(sizes.sum()), int(sizes.sum()))
    for _ in range(count):
        of_key = random.random(len(sizes))[groups.index]
        is_alike = (random.random(len(sizes)) < alike)[groups.index]
        right = np.where(is_alike, of_key, random.random(len(of_key))) < 0.9
        for at, each in enumerate((groups, by_row)):
            low, high = recall_interval(right, each)
            covered[at] += low <= 0.9 <= high
    by_key, plain = covered / count
    return float(by_key), float(plain)


RECALLS = {
    f"{keys} keys of {kind}, {alike:.0%} alike": (sizes, alike)
    for keys in (10, 40, 200)
    for kind, sizes in (
        ("equal size", np.full(keys, ROWS_OF_A_KEY)),
        ("different sizes", np.arange(keys) % 20 + 1),
    )
    for alike in (0.0, 0.5, 1.0)
}


@pytest.mark.parametrize("case", sweep(RECALLS, "40 keys of different sizes, 100% alike"))
def test_the_interval_of_a_recall_contains_the_true_recall(
    case: tuple[npt.NDArray[np.intp], float],
) -> None:
    """Few keys, and some of them all wrong, are the worst case: no such key may be found."""
    by_key, plain = recall_coverage(*case, 400)
    assert by_key >= (0.92 if len(case[0]) == 200 else 0.84)
    assert plain < 0.75 or not case[1], "rows of a key would seem independent"


def customers(
    keys: int, spread: float, random: np.random.Generator
) -> tuple[npt.NDArray[np.int64], Predictions]:
    """Return the truth and calibrated probabilities of rows that share the luck of their key.

    With a *spread*, the rows of a key have different probabilities.
    """
    rows = keys * ROWS_OF_A_KEY
    chance = np.repeat(random.beta(0.5, 0.5, keys), ROWS_OF_A_KEY)
    chance = (chance * (1 - spread * random.random(rows))).clip(0.01, 0.99)
    truth = (np.repeat(random.random(keys), ROWS_OF_A_KEY) < chance).astype(np.int64)
    return truth, Predictions(truth, np.column_stack((1 - chance, chance)))


def calibration_coverage(keys: int, spread: float, count: int) -> tuple[float, float]:
    """Return how often the intervals contain the error 0 of a calibrated model: by key, by row."""
    random, covered = np.random.default_rng(2), np.zeros(2)
    groups = keys_of([ROWS_OF_A_KEY] * keys)
    for number in range(count):
        truth, claimed = customers(keys, spread, random)
        for at, each in enumerate((groups, None)):
            covered[at] += measure_calibration(truth, claimed, 0.95, number, each).low <= 0
    by_key, plain = covered / count
    return float(by_key), float(plain)


CALIBRATIONS = {
    f"{keys} keys, spread {spread}": (keys, spread)
    for keys in (40, 100, 400)
    for spread in (0.0, 0.5)
}


@pytest.mark.parametrize("case", sweep(CALIBRATIONS, "100 keys, spread 0.5"))
def test_the_interval_of_a_calibration_error_contains_the_true_error(
    case: tuple[int, float],
) -> None:
    by_key, plain = calibration_coverage(*case, 120)
    assert by_key >= 0.92
    assert plain < 0.5, "rows of a key would seem independent"


def test_the_correction_of_the_calibration_error_counts_keys() -> None:
    """The error of a calibrated model is nearly 0, and not what chance adds to a hundred keys."""
    random, groups = np.random.default_rng(3), keys_of([ROWS_OF_A_KEY] * 100)
    by_key, by_row = [], []
    for number in range(40):
        truth, both = customers(100, 0.0, random)
        by_key.append(measure_calibration(truth, both, 0.95, number, groups).error)
        by_row.append(measure_calibration(truth, both, 0.95, number).error)
    assert np.mean(by_key) < 0.6 * np.mean(by_row)


def test_keys_of_one_row_change_nothing() -> None:
    random = np.random.default_rng(4)
    chance = random.random(400)
    truth = (random.random(400) < chance).astype(np.int64)
    both = Predictions(truth, np.column_stack((1 - chance, chance)))
    by_key = measure_calibration(truth, both, 0.95, 1, keys_of([1] * 400))
    by_row = measure_calibration(truth, both, 0.95, 1)
    assert (by_key.error, by_key.low, by_key.high) == pytest.approx(
        (by_row.error, by_row.low, by_row.high), abs=0.006
    )
