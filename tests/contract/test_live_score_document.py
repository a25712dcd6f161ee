"""The coverage in docs/live-score.md is simulated again."""

import re

import pytest

from tests.contract.interval_coverage import measure_coverage
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "live-score.md").read_text()
METRICS = ("f1", "accuracy", "roc_auc", "r2")
SIMULATIONS = 2_000
_HALF_DIGIT = 0.0005


def table() -> dict[int, list[float]]:
    """Read the share of intervals with the score on all rows, by labelled rows."""
    found = re.findall(r"^\| ([\d,]+) \|((?: [\d.]+ % \|){4})$", TEXT, re.MULTILINE)
    return {
        int(rows.replace(",", "")): [float(each) / 100 for each in re.findall(r"[\d.]+", cells)]
        for rows, cells in found
    }


def test_the_intervals_of_the_table_cover_as_often_as_they_say() -> None:
    assert list(table()) == [100, 300, 1000]
    assert all(0.93 <= share <= 0.97 for shares in table().values() for share in shares)


@pytest.mark.thorough
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("rows", [100, 300])
def test_simulated_intervals_cover_as_the_table_says(metric: str, rows: int) -> None:
    found = measure_coverage(metric, rows, SIMULATIONS)
    assert 0.93 <= found <= 0.97
    assert found == pytest.approx(table()[rows][METRICS.index(metric)], abs=_HALF_DIGIT + 1e-9)
