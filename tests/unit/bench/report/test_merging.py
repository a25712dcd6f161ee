"""A partial run renews sections of the kept run, which name their own date and machine."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.report.outcome import build_document
from bench.report.report import copy_runs, fill
from bench.report.results import Measurement, Section, Table

MARKS = "<!-- bench:swaps -->\n<!-- end -->\n<!-- bench:startup -->\n<!-- end -->\n"
OLD, NEW = "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"


def run(at: str, plan: str = "full", cpu: str = "A", **figures: float) -> dict[str, Any]:
    """Return a run that measured the start of a predictor, swaps, or both."""
    keys = {"startup": "start", "swaps": "swap_p99"}
    sections = [
        Section(name, [Table(name, ("", "s"), [("figure", str(figure))])], {
            keys[name]: Measurement(figure)
        })
        for name, figure in figures.items()
    ]  # fmt: skip
    machine = {"cpu": cpu, "cores": 2, "python": "3.13.1", "load_average_before": 0.25}
    facts = {"measured_at": at, "plan": plan, "machine": machine}
    return json.loads(json.dumps(build_document(facts, sections, {})))  # type: ignore[no-any-return]  # as read


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "bench.json").write_text(json.dumps(run(OLD, startup=1.0, swaps=1.5)))
    return tmp_path / "kept"


def report(kept: Path, **runs: dict[str, Any]) -> dict[str, Any]:
    """Put the files of *runs* beside each other, and return the kept run afterwards."""
    given = kept.with_name("given")
    given.mkdir(exist_ok=True)
    for name, content in runs.items():
        (given / f"{name}.json").write_text(json.dumps(content))
    copy_runs(given, kept, kept / "hostile.json")
    return json.loads((kept / "bench.json").read_text())  # type: ignore[no-any-return]  # JSON


def test_a_section_is_renewed_and_the_others_stay(kept: Path) -> None:
    found = report(kept, partial=run(NEW, cpu="B", swaps=9.0))
    assert found["measured_at"] == OLD
    assert found["measured"]["swap_p99"]["value"] == 9.0
    assert found["measured"]["start"]["value"] == 1.0
    verdicts = {row[0]: row[-1] for row in found["targets"]["rows"]}
    assert verdicts["p99 in the second around a swap ÷ p99 without"] == "missed by 350.0 %"
    swaps, _, startup = fill(MARKS, {"bench": found}).partition("bench:startup")
    assert "| figure | 9.0 |" in swaps
    assert f"Measured at {NEW}, after the run above: B, 2 cores, Python 3.13.1" in swaps
    assert "| figure | 1.0 |" in startup
    assert "Measured at" not in startup


def test_the_same_files_change_nothing_the_second_time(kept: Path) -> None:
    runs = {"bench": run(OLD, startup=1.0, swaps=1.5), "partial": run(NEW, swaps=9.0)}
    once = report(kept, **runs)
    (kept.with_name("given") / "partial.json").unlink()
    assert report(kept) == once, "the complete run is no newer than the kept one"


@pytest.mark.parametrize("plan", ["quick", "smoke"])
def test_rough_figures_replace_no_others(kept: Path, plan: str) -> None:
    assert report(kept, partial=run(NEW, plan, swaps=9.0))["measured"]["swap_p99"]["value"] == 1.5


def test_a_partial_run_before_the_complete_one_is_left_out(kept: Path) -> None:
    found = report(kept, bench=run(NEW, swaps=2.0), partial=run(OLD, swaps=9.0))
    assert found["measured"]["swap_p99"]["value"] == 2.0
