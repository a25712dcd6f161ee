"""The calibration error: against a direct computation, and the coverage of its interval."""

import numpy as np
import numpy.typing as npt
import pytest

from gatekeeper.statistics.calibration import (
    MAX_BINS,
    MIN_BIN_ROWS,
    CalibrationError,
    measure_calibration,
)
from shared.inference.servable import Predictions
from tests.support.sweep import sweep

Numbers = npt.NDArray[np.float64]
CONFIDENCE = 0.95


def two_classes(probability: Numbers) -> Predictions:
    return Predictions(
        (probability > 0.5).astype(np.int64), np.column_stack((1 - probability, probability))
    )


def measure(truth: npt.NDArray[np.int64], probability: Numbers, seed: int = 1) -> CalibrationError:
    return measure_calibration(truth, two_classes(probability), CONFIDENCE, seed)


def plain_error(probability: Numbers, truth: npt.NDArray[np.int64], bins: int) -> float:
    """Compute the error of sorted rows in bins of equal size, without any correction."""
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, bins)
    gaps = [abs(probability[part].mean() - truth[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(truth))


def overconfident(truth: Numbers) -> Numbers:
    """Return the probabilities that a model claims which doubles its log-odds."""
    odds = (truth / (1 - truth)) ** 2
    return np.asarray(odds / (1 + odds))


MODELS = {"calibrated": lambda chance: chance, "overconfident": overconfident}


def test_the_error_of_many_rows_is_that_of_sorted_rows_in_equal_bins() -> None:
    random = np.random.default_rng(2)
    chance = random.uniform(0.05, 0.95, 100_000)
    truth = (random.random(len(chance)) < chance).astype(np.int64)
    claimed = overconfident(chance)
    found = measure(truth, claimed)
    assert found.bins == MAX_BINS
    assert found.error == pytest.approx(plain_error(claimed, truth, MAX_BINS), abs=0.002)
    assert found.low < found.error < found.high < found.error + 0.01


def test_rows_with_equal_probabilities_are_in_one_bin() -> None:
    """Any order of equal rows would give another error."""
    truth = np.array([0, 1] * 500)
    found = measure(truth, np.full(1000, 0.8))
    assert found.bins == 1
    assert found.error == pytest.approx(0.3, abs=0.01)
    leaves = np.where(np.arange(1000) < 400, 0.2, 0.7)
    assert measure(truth, leaves).bins == 2


def test_few_rows_have_few_bins_and_a_wide_interval() -> None:
    random = np.random.default_rng(3)
    for rows in (1, 10, MIN_BIN_ROWS * 3 + 5):
        chance = random.random(rows)
        found = measure((random.random(rows) < chance).astype(np.int64), chance)
        assert found.bins == max(1, rows // MIN_BIN_ROWS)
        assert 0 <= found.low <= found.error <= found.high <= 1
        assert found.high - found.low > 0.1 or rows > 50


def test_three_classes_are_judged_by_their_most_probable_class() -> None:
    probabilities = np.tile([0.1, 0.6, 0.3], (300, 1))
    truth = np.array([0, 1, 1] * 100)
    found = measure_calibration(
        truth, Predictions(np.ones(300, dtype=np.int64), probabilities), CONFIDENCE, 1
    )
    assert found.error == pytest.approx(2 / 3 - 0.6, abs=0.02)


def test_a_threshold_does_not_change_the_error_of_two_classes() -> None:
    random = np.random.default_rng(4)
    chance = random.random(500)
    truth = (random.random(500) < chance).astype(np.int64)
    by_threshold = Predictions(np.ones(500, dtype=np.int64), two_classes(chance).probabilities)
    assert measure_calibration(truth, by_threshold, CONFIDENCE, 1) == measure(truth, chance)


def simulate(model: str, rows: int, count: int) -> tuple[float, float, float]:
    """Return the coverage of the interval, the bias of the estimate and that of the plain error.

    Chances of the positive class are spread as those of a good classifier. The true error is that
    of the bins of a very large holdout.
    """
    random = np.random.default_rng(rows)
    bins = max(1, min(MAX_BINS, rows // MIN_BIN_ROWS))
    chance = np.sort(random.beta(0.5, 0.5, 200_000).clip(0.001, 0.999))
    claimed = MODELS[model](chance)
    true = sum(
        abs(float(np.mean(part)))
        for part in np.array_split(claimed - chance, bins)
    ) / bins  # fmt: skip
    covered, errors, plain = 0, [], []
    for number in range(count):
        drawn = random.integers(0, len(chance), rows)
        truth = (random.random(rows) < chance[drawn]).astype(np.int64)
        found = measure(truth, claimed[drawn], number)
        covered += found.low <= true <= found.high
        errors.append(found.error)
        plain.append(plain_error(claimed[drawn], truth, bins))
    return covered / count, float(np.mean(errors)) - true, float(np.mean(plain)) - true


CASES = {
    f"{model}, {rows} rows": (model, rows) for model in MODELS for rows in (40, 100, 400, 1_600)
}


def expected_chance(rows: int) -> float:
    """Return the mean absolute gap that chance gives a calibrated model: p(1-p) is 1/8."""
    bins = max(1, min(MAX_BINS, rows // MIN_BIN_ROWS))
    return float(np.sqrt(2 / np.pi / 8 / (rows / bins)))


@pytest.mark.parametrize("case", sweep(CASES, "overconfident, 100 rows"))
def test_the_interval_covers_the_true_error_and_the_estimate_has_little_bias(
    case: tuple[str, int],
) -> None:
    coverage, bias, plain_bias = simulate(*case, 200)
    assert coverage >= 0.93
    assert abs(bias) < 0.4 * expected_chance(case[1])
    if case[0] == "calibrated":
        assert plain_bias == pytest.approx(expected_chance(case[1]), rel=0.15)


def test_a_percentile_bootstrap_would_never_cover_the_error_of_a_calibrated_model() -> None:
    random = np.random.default_rng(6)
    for _ in range(10):
        chance = random.beta(0.5, 0.5, 400)
        truth = (random.random(400) < chance).astype(np.int64)
        drawn = random.integers(0, 400, (100, 400))
        errors = [plain_error(chance[rows], truth[rows], MAX_BINS) for rows in drawn]
        assert np.quantile(errors, 0.025) > 0.02, "the true error is 0"
