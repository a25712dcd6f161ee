"""The figures of docs/gate.md about slices follow from binomials, and the checks agree with them.

The exact computation knows nothing of the checks. A simulation with the real checks meets it.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from math import ceil, floor, sqrt

import numpy as np
import pytest
from scipy.stats import binom

from gatekeeper.evidence.comparison_messages import Slicing
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.slices.slice_coverage import SLICE_COVERAGE
from gatekeeper.policy.slices.slice_drop import SLICE_DROP
from gatekeeper.policy.slices.slice_floor import SLICE_FLOOR
from gatekeeper.policy.slices.slice_gap import SLICE_GAP
from gatekeeper.policy.terms.check import Check
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.sandbox.slices import score_slices
from shared.contract.documents import Feature
from shared.inference.servable import Predictions
from shared.scoring.holdout_file import Holdout
from tests.support.project import ROOT
from tests.support.sweep import sweep
from tests.unit.gatekeeper.policy.good_facts import COMPARISON, GOOD, MODEL

TEXT = (ROOT / "docs" / "gate.md").read_text()
RIGHT = 0.9
"""True accuracy in the document, on every slice."""
TINY = 1e-9


def table_after(words: str) -> dict[tuple[str, str], float]:
    """Return the percentages of the first table after *words*, by row and column."""
    lines = TEXT[TEXT.index(words) :].partition("\n|")[2].partition("\n\n")[0].splitlines()
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len(rows) >= 4
    return {
        (row[0], column): float(cell.removesuffix(" %"))
        for row in rows
        for column, cell in zip(head[1:], row[1:], strict=True)
    }


def chance_of_a_worse_slice(rows: int, drop: float, disagreement: float = 0.1) -> float:
    """Compute the chance for equally good models that disagree on a fraction of the rows."""
    chance = 0.0
    for differing in range(rows + 1):
        allowed = (drop * rows + differing) // 2 + TINY
        lost_more = binom.sf(allowed, differing, 0.5)
        chance += binom.pmf(differing, rows, disagreement) * lost_more
    return float(chance)


def chance_below_floor(rows: int, least: float) -> float:
    return float(binom.cdf(ceil(least * rows - TINY) - 1, rows, RIGHT))


def chance_of_a_gap(slices: int, rows: int, gap: float) -> float:
    """Compute the chance that the counts of right rows are not all within an allowed range.

    They are within it if the lowest is some count, and all are from it to the highest allowed one.
    """
    allowed, counts = floor(gap * rows + TINY), np.arange(rows + 1)
    below = np.concatenate(([0.0], binom.cdf(counts, rows, RIGHT)))
    highest = np.minimum(counts + allowed, rows) + 1
    from_lowest = (below[highest] - below[counts]) ** slices
    above_lowest = (below[highest] - below[counts + 1]) ** slices
    return float(1 - (from_lowest - above_lowest).sum())


def chance_of_few_rows(rows: int, share: float, least: int = 100) -> float:
    return float(binom.cdf(least - 1, rows, share))


def check(table: dict[tuple[str, str], float], compute: Callable[[str, str], float]) -> None:
    for (row, column), shown in table.items():
        assert abs(100 * compute(row, column) - shown) < 0.051, (row, column)


def last_number(text: str) -> float:
    return float(re.findall(r"[\d.]+", text)[-1])


def test_the_table_of_slices_that_drop_by_chance_is_right() -> None:
    table = table_after("Take two equally good models")
    check(table, lambda rows, drop: chance_of_a_worse_slice(int(rows), last_number(drop)))
    assert 0.3 < 1 - (1 - chance_of_a_worse_slice(100, 0.05)) ** 10 < 0.37


def test_the_table_of_slices_below_a_floor_by_chance_is_right() -> None:
    table = table_after("how often its accuracy on the slice is below a floor")
    check(table, lambda rows, least: chance_below_floor(int(rows), last_number(least)))


def test_the_table_of_gaps_by_chance_is_right() -> None:
    table = table_after("how often its highest and lowest accuracy differ")

    def compute(sizes: str, gap: str) -> float:
        slices, rows = map(int, sizes.split(", "))
        return chance_of_a_gap(slices, rows, last_number(gap))

    check(table, compute)


def test_the_table_of_slices_with_few_rows_is_right() -> None:
    table = table_after("how often a slice has fewer than 100")
    check(table, lambda rows, share: chance_of_few_rows(int(rows), last_number(share) / 100))


GROUPS = Feature(name="group", type="category", categories=("a", "b"))
SLICED = MODEL.artefact.model_copy(update={"features": (GROUPS,)})
LIMITS: dict[str, tuple[Check, GatePolicy, float]] = {
    "drop": (
        SLICE_DROP,
        GatePolicy(metric="accuracy", slices="group", slice_drop=0.02),
        1 - (1 - chance_of_a_worse_slice(100, 0.02)) ** 2,
    ),
    "floor": (
        SLICE_FLOOR,
        GatePolicy(metric="accuracy", slices="group", slice_floor=0.88),
        1 - (1 - chance_below_floor(100, 0.88)) ** 2,
    ),
    "gap": (
        SLICE_GAP,
        GatePolicy(metric="accuracy", slices="group", slice_gap=0.05),
        chance_of_a_gap(2, 100, 0.05),
    ),
    "few rows": (
        SLICE_COVERAGE,
        GatePolicy(metric="accuracy", slices="group", slice_required=True),
        1 - float(binom.pmf(100, 200, 0.5)),
    ),
}
"""A check, its limit, and how often it refuses an equally good model on two slices."""


@pytest.mark.parametrize("limit", sweep({name: name for name in LIMITS}, "floor"))
@pytest.mark.parametrize("runs", [200, pytest.param(600, marks=pytest.mark.thorough)])
def test_the_checks_refuse_equally_good_models_as_often(limit: str, runs: int) -> None:
    judged, policy, expected = LIMITS[limit]
    generator = np.random.default_rng(11)
    refused = 0
    for _ in range(runs):
        found = simulate(generator, policy, is_drawn=limit == "few rows")
        ruling = judged.judge(found, policy)
        assert ruling is not None
        refused += not ruling.passed
    error = sqrt(expected * (1 - expected) / runs)
    assert abs(refused / runs - expected) < 4 * error + 1 / runs


def simulate(generator: np.random.Generator, policy: GatePolicy, *, is_drawn: bool) -> Facts:
    """Return facts about two models of one true accuracy, which disagree on a tenth of the rows."""
    group = (np.arange(200) % 2).astype(np.float64)
    if is_drawn:
        group = generator.integers(0, 2, 200).astype(np.float64)
    truth, draw = np.zeros(200, dtype=np.int64), generator.random(200)
    ours = (draw < 0.05) | (draw > 0.95)
    theirs = (draw < 0.05) | ((draw > 0.9) & (draw <= 0.95))
    predictions = [Predictions(each.astype(np.int64), None) for each in (ours, theirs)]
    slicing = Slicing(columns=policy.slice_columns, least_rows=policy.slice_rows)
    slices, unjudged = score_slices(
        slicing, Holdout(group[:, None], truth), SLICED, "accuracy", predictions
    )
    found = {"slices": slices, "unjudged": unjudged, "kept_columns": ("group",)}
    comparison = COMPARISON.model_copy(update=found)
    return replace(GOOD, comparison=comparison)
