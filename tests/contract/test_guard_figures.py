"""docs/gate.md: how often guards and the calibration limit refuse good models by chance.

The holdouts are drawn here. Only the rule that judges them is the product's.
"""

import re

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binom

from gatekeeper.statistics.calibration import bin_gaps, estimate_error
from tests.contract.statistical_power import equal_models
from tests.support.project import ROOT
from tests.support.sweep import sweep

TEXT = (ROOT / "docs" / "gate.md").read_text()
POSITIVE = 0.3
"""Share of positive rows."""
DISAGREEMENT = 0.1
LIMITS = (0.02, 0.05, 0.1)
ROWS = {f"{rows} rows": rows for rows in (100, 400, 1_600, 10_000)}
Numbers = npt.NDArray[np.float64]


def table_row(header: str, rows: int) -> list[float]:
    """Return the percentages of one line of the table with this *header*."""
    (table,) = re.findall(
        rf"^\| rows \| {re.escape(header)} \|\n\|.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE
    )
    (line,) = re.findall(rf"^\| {rows:,} \| (.*) % \|$", table, re.MULTILINE)
    return [float(cell) for cell in line.split(" % | ")]


def recall_falls(rows: int, limit: float) -> float:
    """Compute how often an equally good model has a recall that is lower by more than *limit*."""
    positives = round(rows * POSITIVE)
    chance = 0.0
    for differing in range(positives + 1):
        allowed = (limit * positives + differing) // 2 + 1e-9
        worse = binom.sf(allowed, differing, 0.5)
        chance += binom.pmf(differing, positives, DISAGREEMENT) * worse
    return float(100 * chance)


def log_loss_rises(rows: int, limit: float, count: int) -> float:
    """Simulate how often an equally good model has a log loss that is higher by more."""
    random, rises = np.random.default_rng(rows), []
    for _ in range(count):
        truth, one, other = equal_models("neg_log_loss", rows, random)
        losses = []
        for model in (one, other):
            assert model.probabilities is not None
            losses.append(-np.log(model.probabilities[np.arange(rows), truth]).mean())
        rises.append(losses[0] - losses[1])
    return float(100 * (np.array(rises) > limit).mean())


@pytest.mark.parametrize("rows", sweep(ROWS, "100 rows"))
def test_the_table_of_guards_that_refuse_by_chance_is_right(rows: int) -> None:
    header = "`recall:-0.01` | `recall:-0.02` | `neg_log_loss:-0.02`"
    first, second, third = table_row(header, rows)
    assert first == pytest.approx(recall_falls(rows, 0.01), abs=0.06)
    assert second == pytest.approx(recall_falls(rows, 0.02), abs=0.06)
    count = 4_000
    assert third == pytest.approx(log_loss_rises(rows, 0.02, count), abs=2.5)


def calibrated_errors(rows: int, count: int) -> tuple[Numbers, Numbers]:
    """Draw holdouts of a calibrated model; return its estimated and its plain errors."""
    random, estimates, plain = np.random.default_rng(rows), [], []
    for _ in range(count):
        chance = random.beta(0.5, 0.5, rows).clip(0.001, 0.999)
        found = bin_gaps(chance, random.random(rows) < chance)
        estimates.append(estimate_error(*found))
        plain.append(float((found[0] * np.abs(found[1])).sum()))
    return np.array(estimates), np.array(plain)


@pytest.mark.parametrize("rows", sweep(ROWS, "100 rows"))
def test_the_table_of_calibrated_models_that_are_refused_is_right(rows: int) -> None:
    estimates, plain = calibrated_errors(rows, 3_000)
    for limit, cell in zip(
        LIMITS,
        table_row("limit 0.02 | limit 0.05 | limit 0.1 | 0.05, not corrected", rows)[:3],
        strict=True,
    ):
        assert cell == pytest.approx(100 * (estimates > limit).mean(), abs=2.5)
    found = table_row("limit 0.02 | limit 0.05 | limit 0.1 | 0.05, not corrected", rows)[3]
    assert found == pytest.approx(100 * (plain > 0.05).mean(), abs=2.5)
