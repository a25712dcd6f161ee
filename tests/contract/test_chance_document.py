"""The promotion rates in docs/chance.md are computed and simulated again."""

import re

import numpy as np
import pytest

from tests.contract.exact_power import (
    CONFIDENCE,
    one_of_many_passes,
    passes_by_default,
    passes_when_sure,
)
from tests.contract.repeated_keys import ROWS_OF_A_KEY, promoted_by_key, promoted_by_row
from tests.contract.statistical_power import holdouts, is_promoted, promoted_by_chance
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "chance.md").read_text()
IMPROVEMENTS = (-0.01, 0.0, 0.005, 0.01, 0.02, 0.05)
ROWS = (100, 400, 1_600, 10_000)
MARGINS = (0.005, 0.01, 0.02, 0.05)


def table(rule: str) -> dict[int, list[int]]:
    """Read the percentages of promotions for each improvement, by holdout rows."""
    found = re.findall(rf"^\| ([\d,]+) \| {rule} \|((?: \d+ % \|)+)$", TEXT, re.MULTILINE)
    return {
        int(rows.replace(",", "")): [int(cell) for cell in re.findall(r"\d+", cells)]
        for rows, cells in found
    }


def test_the_power_table_has_all_rows_and_columns() -> None:
    for rule in ("default", "0.95"):
        assert {rows: len(cells) for rows, cells in table(rule).items()} == dict.fromkeys(ROWS, 6)


@pytest.mark.parametrize("rows", [*ROWS[:3], pytest.param(ROWS[3], marks=pytest.mark.thorough)])
def test_the_power_table_is_exact(rows: int) -> None:
    found = [passes_by_default(rows, improvement) for improvement in IMPROVEMENTS]
    assert [round(100 * each) for each in found] == table("default")[rows]
    found = [passes_when_sure(rows, improvement) for improvement in IMPROVEMENTS]
    assert [round(100 * each) for each in found] == table("0.95")[rows]


@pytest.mark.parametrize(
    ("rows", "improvement"),
    [
        (100, 0.0),
        pytest.param(400, 0.02, marks=pytest.mark.thorough),
        pytest.param(400, 0.0, marks=pytest.mark.thorough),
        pytest.param(1600, 0.02, marks=pytest.mark.thorough),
    ],
)
def test_a_simulation_promotes_as_often_as_the_table_says(rows: int, improvement: float) -> None:
    count = 300
    pairs = zip(*holdouts(rows, improvement, count, seed=7), strict=True)
    promoted = sum(is_promoted(rows, int(gained), int(lost)) for gained, lost in pairs)
    said = table("0.95")[rows][IMPROVEMENTS.index(improvement)] / 100
    error = 3 * np.sqrt(said * (1 - said) / count)
    assert abs(promoted / count - said) < error
    if not improvement:
        assert promoted / count < 1 - CONFIDENCE + error


def margin_table() -> dict[float, list[int]]:
    """Read the holdout rows for each margin, by the share of rows with different predictions."""
    found = re.findall(r"^\| (\d+) % \|((?: [\d,]+ \|){4})$", TEXT, re.MULTILINE)
    return {
        int(share) / 100: [int(cell.replace(",", "")) for cell in cells.strip(" |").split(" | ")]
        for share, cells in found
    }


def cases() -> list[object]:
    """Return disagreement, margin and rows; large ones are thorough."""
    return [
        pytest.param(
            share, margin, rows, marks=[pytest.mark.thorough] if rows > 2_000 else [], id=f"{rows}"
        )
        for share, cells in margin_table().items()
        for margin, rows in zip(MARGINS, cells, strict=True)
    ]


@pytest.mark.parametrize(("disagreement", "margin", "rows"), cases())
def test_the_rows_of_a_margin_show_it_in_8_of_10_cases(
    disagreement: float, margin: float, rows: int
) -> None:
    assert passes_when_sure(rows, 0, margin, disagreement) == pytest.approx(0.8, abs=0.02)
    if margin < disagreement:
        assert passes_when_sure(rows, margin, 0, disagreement) == pytest.approx(0.8, abs=0.04)


def test_the_table_of_margins_has_all_cells() -> None:
    assert {share: len(cells) for share, cells in margin_table().items()} == {
        0.05: 4,
        0.1: 4,
        0.2: 4,
    }


def test_the_figures_about_margins_are_exact() -> None:
    few, many = (passes_when_sure(rows, 0, 0.005) for rows in (2_000, 10_000))
    assert f"passes in {100 * few:.0f} % of all cases on 2,000 rows" in TEXT
    assert f"and in {100 * many:.0f} % on 10,000" in TEXT
    worse = passes_when_sure(10_000, -0.0025, 0.005)
    assert f"0.25 points worse passes in {100 * worse:.0f} % on 10,000 rows" in TEXT
    assert f"lose {50 * 0.25 * worse:.1f} points on average" in TEXT


@pytest.mark.parametrize(
    ("count", "error"), [(1_000, 0.045), pytest.param(10_000, 0.015, marks=pytest.mark.thorough)]
)
def test_one_of_14_tries_passes_as_often_as_the_text_says(count: int, error: float) -> None:
    said = re.search(r"one passes at 0.95 in (\d+) % of all cases", TEXT)
    assert said
    assert one_of_many_passes(400, 14, count, seed=3) == pytest.approx(
        int(said[1]) / 100, abs=error
    )
    assert f"it would be {100 * (1 - CONFIDENCE**14):.0f} %" in TEXT


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


@pytest.mark.thorough
@pytest.mark.parametrize("metric", by_metric()["100"])
def test_the_table_of_other_metrics_is_right(metric: str) -> None:
    count, said = 250, by_metric()["100"][metric]
    error = 3 * np.sqrt(said * (1 - said) / count)
    assert abs(promoted_by_chance(metric, 100, count, seed=7) - said) < error


def by_key() -> dict[int, tuple[str, str]]:
    """Read how often an equal model is promoted, drawn by row and by key, by customers."""
    found = re.findall(r"^\| (\d+) \| ([\d,]+) \| (\d+ %) \| (\d+ %) \|$", TEXT, re.MULTILINE)
    for keys, rows, *_ in found:
        assert int(rows.replace(",", "")) == int(keys) * ROWS_OF_A_KEY
    return {int(keys): (by_row, by_key) for keys, _, by_row, by_key in found}


def test_the_table_of_repeated_keys_has_its_rows() -> None:
    assert list(by_key()) == [34, 100, 400]


@pytest.mark.parametrize("keys", [34, 100, 400])
def test_the_table_of_repeated_keys_is_right(keys: int) -> None:
    found = tuple(f"{100 * each(keys):.0f} %" for each in (promoted_by_row, promoted_by_key))
    assert found == by_key()[keys]
