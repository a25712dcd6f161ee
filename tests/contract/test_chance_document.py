"""The promotion rates in docs/chance.md are computed and simulated again."""

import re

import numpy as np
import pytest

from tests.contract.statistical_power import (
    CONFIDENCE,
    holdouts,
    is_sure,
    promoted_by_chance,
    promoted_by_default,
    promoted_when_sure,
)
from tests.support.project import ROOT
from tests.support.sweep import sweep

TEXT = (ROOT / "docs" / "chance.md").read_text()
IMPROVEMENTS = (0.0, 0.005, 0.01, 0.02, 0.05)
ROWS = (100, 400, 1_600, 10_000)


def table(rule: str) -> dict[int, list[int]]:
    """Read the percentages of promotions for each improvement, by holdout rows."""
    found = re.findall(rf"^\| ([\d,]+) \| {rule} \|((?: \d+ % \|)+)$", TEXT, re.MULTILINE)
    return {
        int(rows.replace(",", "")): [int(cell) for cell in re.findall(r"\d+", cells)]
        for rows, cells in found
    }


def test_the_power_table_has_all_rows_and_columns() -> None:
    for rule in ("default", "0.95"):
        assert {rows: len(cells) for rows, cells in table(rule).items()} == dict.fromkeys(ROWS, 5)


@pytest.mark.thorough
@pytest.mark.parametrize("rows", ROWS)
def test_the_power_table_is_right(rows: int) -> None:
    found = [promoted_by_default(rows, improvement) for improvement in IMPROVEMENTS]
    np.testing.assert_allclose(100 * np.array(found), table("default")[rows], atol=1)
    found = [promoted_when_sure(rows, improvement) for improvement in IMPROVEMENTS]
    np.testing.assert_allclose(100 * np.array(found), table("0.95")[rows], atol=1)


@pytest.mark.parametrize(
    ("rows", "improvement"),
    [
        (100, 0.0),
        (400, 0.02),
        pytest.param(400, 0.0, marks=pytest.mark.thorough),
        pytest.param(1600, 0.02, marks=pytest.mark.thorough),
    ],
)
def test_a_simulation_promotes_as_often_as_the_table_says(rows: int, improvement: float) -> None:
    count = 300
    pairs = zip(*holdouts(rows, improvement, count, seed=7), strict=True)
    promoted = sum(is_sure(rows, int(gained), int(lost)) for gained, lost in pairs)
    said = table("0.95")[rows][IMPROVEMENTS.index(improvement)] / 100
    error = 3 * np.sqrt(said * (1 - said) / count)
    assert abs(promoted / count - said) < error
    if not improvement:
        assert promoted / count < 1 - CONFIDENCE + error


def by_metric() -> dict[str, dict[str, float]]:
    """Read the fraction of equal models that are promoted, by holdout rows and metric."""
    lines = re.search(r"^\| rows \| f1 .*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    assert lines is not None
    (_, *metrics), _, *found = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].split("\n")[:-2]
    )
    return {
        rows: {
            metric: int(cell.removesuffix(" %")) / 100
            for metric, cell in zip(metrics, cells, strict=True)
        }
        for rows, *cells in found
    }


METRICS = {metric: metric for metric in by_metric()["100"]}


@pytest.mark.parametrize("metric", sweep(METRICS, "f1"))
def test_the_table_of_other_metrics_is_right(metric: str) -> None:
    count, said = 250, by_metric()["100"][metric]
    error = 3 * np.sqrt(said * (1 - said) / count)
    assert abs(promoted_by_chance(metric, 100, count, seed=7) - said) < error
