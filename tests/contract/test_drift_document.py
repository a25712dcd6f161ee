"""The false alarms and the chances in docs/drift.md are simulated again."""

import re

import numpy as np
import pytest

from gatekeeper.drift import drift_check, live_windows
from gatekeeper.drift.comparison import DriftLimits
from tests.contract.drift_simulation import DAY, WEEK, find_delays, simulate_years
from tests.faults.support.effort import figure
from tests.support.project import ROOT
from tests.support.sweep import sweep

TEXT = (ROOT / "docs" / "drift.md").read_text()
TRAFFIC = (500, 5_000, 50_000)
RATES = {
    int(rows.replace(",", "")): (int(significant), int(reported))
    for rows, significant, reported in re.findall(
        r"^\| ([\d,]+) \| (\d+) \| (\d+) \|$", TEXT, re.MULTILINE
    )
}
FIRST_FORTY_YEARS = {500: (24, 2), 5_000: (4, 0), 50_000: (0, 0)}
"""The figures of RATES after 40 of the 200 years."""
SHIFTS = (0.2, 0.5, 1.0)
POWER = {
    (int(training.replace(",", "")), float(index), int(rows.replace(",", ""))): [
        tuple(map(int, cell.split(" / "))) for cell in cells.strip(" |").split(" | ")
    ]
    for training, index, rows, cells in re.findall(
        r"^\| ([\d,]+) \| ([\d.]+) \| ([\d,]+) \|((?: \d+ / \d+ \|){3})$", TEXT, re.MULTILINE
    )
}


def test_the_document_has_all_rates_and_chances() -> None:
    assert tuple(RATES) == TRAFFIC
    assert len(POWER) == 2 * 2 * 3


@pytest.mark.parametrize("rows", sweep({f"{rows} rows": rows for rows in TRAFFIC}, "500 rows"))
def test_a_year_without_drift_has_at_most_the_stated_alarms(rows: int) -> None:
    found = simulate_years(rows, 1, 341, seed=rows)
    assert found.significant <= 5  # the mean is below 1, and one difference lasts some looks
    assert found.reported <= 1


@pytest.mark.thorough
@pytest.mark.parametrize("rows", TRAFFIC)
def test_years_without_drift_have_the_stated_alarms(rows: int) -> None:
    years = figure(quick=40, full=200)
    found = simulate_years(rows, years, 341, seed=3)
    assert found.significant / years <= DriftLimits().alarms_per_year
    stated = (RATES if years == 200 else FIRST_FORTY_YEARS)[rows]
    assert (found.significant, found.reported) == stated


@pytest.mark.thorough
@pytest.mark.parametrize("case", POWER, ids=str)
def test_a_shift_is_found_as_often_as_the_table_says(case: tuple[int, float, int]) -> None:
    training, index, rows = case
    repeats = 200
    for shift, (day, week) in zip(SHIFTS, POWER[case], strict=True):
        delays = np.array(
            find_delays(rows, shift, DriftLimits(index), reference_rows=training, repeats=repeats)
        )
        assert 100 * np.mean(delays <= DAY) == pytest.approx(day, abs=2)
        assert 100 * np.mean(delays <= WEEK) == pytest.approx(week, abs=2)


def test_the_document_names_the_windows_and_looks() -> None:
    assert f"the newest rows (at least {live_windows.NEWEST_ROWS})" in TEXT
    assert f"fewer than {live_windows.MIN_ROWS} rows is not compared" in TEXT
    seconds, rows = drift_check.LOOK_SECONDS, drift_check.ROWS_OF_A_LOOK
    assert f"every {seconds:.0f} seconds if there are {rows} new rows" in TEXT
    limits = DriftLimits()
    assert f"`GATEKEEPER_DRIFT_INDEX` ({limits.index})" in TEXT
    assert f"`GATEKEEPER_DRIFT_ALARMS_PER_YEAR` ({limits.alarms_per_year:.0f})" in TEXT
