"""docs/reliability.md names tests that exist, every planted defect, and the last full run."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench.hostile.bodies import infer_bodies, predict_bodies
from bench.report import report
from tests.faults.support import mutants
from tests.faults.support.figures import DOCUMENT, FIGURES, fill, keep, kept, shortfalls
from tests.faults.support.record import Record
from tests.support.project import ROOT

TEXT = DOCUMENT.read_text()


def test_each_promise_names_tests_that_exist() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\| (.*) \|$", TEXT, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    for number, held_by in rows:
        paths = re.findall(r"`([^`]+)`", held_by)
        assert paths, f"promise {number} names no test"
        assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_planted_defect_is_listed() -> None:
    planted = {
        name
        for name, function in vars(mutants).items()
        if inspect.isfunction(function) and function.__module__ == mutants.__name__
    }
    listed = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
    assert set(listed) == {name for name in planted if not name.startswith("_")}
    assert len(listed) >= 8


def test_the_document_holds_the_figures_of_the_committed_record() -> None:
    assert fill(TEXT, kept()) == TEXT, "run python -m tests.faults.support.figures"


def test_the_committed_record_is_a_full_run_that_meets_every_promise() -> None:
    found = shortfalls(kept())
    assert found == [], "run make test-faults, then python -m tests.faults.support.figures"


def full_run(directory: Path, failed: int = 0, **missing: int) -> dict[str, Any]:
    """Make a full run with the least that is promised, minus *missing* by the test's name."""
    record = Record()
    for figure in FIGURES:
        record.add(figure.test, figure.counted or "any", figure.least - missing.get(figure.test, 0))
    return {**record.document(directory, failed), "form": "full"}


def test_a_record_meets_the_promises_only_if_nothing_failed_or_is_missing(
    tmp_path: Path,
) -> None:
    enough = full_run(tmp_path)
    assert shortfalls([enough]) == []
    assert shortfalls([]) != []
    assert "quick form" in shortfalls([{**enough, "form": "quick"}])[0]
    assert "1 tests failed" in shortfalls([full_run(tmp_path, failed=1)])[0]


@pytest.mark.parametrize("test", sorted({figure.test for figure in FIGURES}))
def test_a_figure_below_its_minimum_is_named(tmp_path: Path, test: str) -> None:
    found = shortfalls([full_run(tmp_path, **{test: 1})])
    named = [line.rsplit(": ", 1)[0] for line in found]
    assert named == [figure.what for figure in FIGURES if figure.test == test]


def test_the_counts_of_several_records_are_summed(tmp_path: Path) -> None:
    some = {"kill sweep": 1, "kills": 100}
    assert shortfalls([full_run(tmp_path, **some)]) != []
    assert shortfalls([full_run(tmp_path, **some), full_run(tmp_path, **some)]) == []


def test_a_run_changes_the_document_only_between_its_markers(tmp_path: Path) -> None:
    run = full_run(tmp_path)
    filled = fill(TEXT, [run])
    assert re.search(r"^\| Bad promoted versions: kinds +\| +20 \| +20 \|$", filled, re.MULTILINE)
    assert f"Linux {run['kernel']}" in filled
    outside = re.compile(r"(<!-- faults:figures -->).*?(<!-- end -->)", re.DOTALL)
    assert outside.sub("", filled) == outside.sub("", TEXT)


def test_records_are_stored_beside_the_document_that_they_fill(tmp_path: Path) -> None:
    document, committed = tmp_path / "reliability.md", tmp_path / "reliability" / "record.json"
    document.write_text(TEXT)
    runs = [full_run(tmp_path), full_run(tmp_path, failed=1)]
    paths = [tmp_path / "first.json", tmp_path / "second.json"]
    for path, run in zip(paths, runs, strict=True):
        path.write_text(json.dumps(run))
    assert "1 tests failed" in keep(paths, document, committed)[0]
    assert json.loads(committed.read_text()) == runs
    assert document.read_text() == fill(TEXT, runs) != TEXT


@pytest.mark.thorough
def test_the_worst_bodies_are_those_of_the_committed_run() -> None:
    assert report.fill(TEXT, report.read_kept_runs()) == TEXT, "run python -m bench.report.report"
    measured = set(json.loads(report.HOSTILE.read_text())["sections"]["hostile"]["raw"])
    bodies = [each.title for each in (*predict_bodies(), *infer_bodies())]
    assert len(bodies) >= 40
    assert measured == set(bodies)
