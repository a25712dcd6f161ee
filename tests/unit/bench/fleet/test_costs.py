"""The benchmark of a fleet names what grows faster than workers and decisions."""

from dataclasses import replace

import pytest

from bench.fleet.costs import Costs, make_curves, make_tables, measure_growth
from bench.report.curves import curve_chart

SMALL = Costs(
    10, 100, start_ms=500.0, decision_ms=300.0, decision_processor_ms=200.0, opens=110.0,
    poll_calls=40, look_calls=200,
)  # fmt: skip
LINEAR = Costs(
    100, 1_000, start_ms=900.0, decision_ms=400.0, decision_processor_ms=300.0, opens=1100.0,
    poll_calls=40, look_calls=2_000,
)  # fmt: skip


def test_linear_growth_is_one_and_a_decision_is_compared_with_the_first_store() -> None:
    found = measure_growth([SMALL, LINEAR])
    assert found["fleet_growth"].value == pytest.approx(1.0)
    assert found["fleet_decision"].value == pytest.approx(4 / 3)
    assert found["fleet_decision_processor"].value == pytest.approx(1.5)


@pytest.mark.parametrize("grown", ["opens", "look_calls", "rollback_ms"])
def test_a_cost_that_grows_with_the_square_is_named(grown: str) -> None:
    before = replace(SMALL, rollback_ms=10.0)
    square = replace(LINEAR, rollback_ms=100.0)
    square = replace(square, **{grown: getattr(before, grown) * 100})
    found = measure_growth([before, square])["fleet_growth"]
    assert found.value == pytest.approx(10.0)
    names = {"opens": "files opened", "look_calls": "reads the heartbeats", "rollback_ms": "rollb"}
    assert names[grown] in found.note


def test_one_store_shows_no_growth() -> None:
    assert {each.value for each in measure_growth([SMALL]).values()} == {None}


def test_without_strace_the_tables_have_no_system_calls() -> None:
    found = [replace(each, poll_calls=None, look_calls=None) for each in (SMALL, LINEAR)]
    calls = next(table for table in make_tables(found) if "system calls" in table.title)
    assert {cell for row in calls.rows for cell in row[1:]} == {"-"}
    assert measure_growth(found)["fleet_growth"].value == pytest.approx(1.0)


def test_the_picture_shows_each_curve_beside_linear_growth() -> None:
    svg = curve_chart(**make_curves([SMALL, LINEAR]), linear="linear")
    assert svg.count("<polyline") == 6
    assert "10 / 100" in svg
    assert "100 / 1,000" in svg
    assert "nan" not in svg
