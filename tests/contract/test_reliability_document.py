"""docs/reliability.md names tests that exist, every planted defect, and what the suite has done."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.faults.support import mutants
from tests.faults.support.figures import DOCUMENT, FIGURES, fill, keep, kept, shortfalls
from tests.faults.support.record import Record
from tests.support.project import ROOT

TEXT = DOCUMENT.read_text()


def test_each_promise_names_tests_that_exist() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\| (.*) \|$", TEXT, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 18))
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


def test_no_figure_in_the_document_was_typed_by_hand() -> None:
    assert fill(TEXT, kept()) == TEXT, "run python -m tests.faults.support.figures"


def test_the_committed_record_is_of_a_full_run_that_showed_all_that_is_promised() -> None:
    found = shortfalls(kept())
    assert found == [], "run make test-faults, then python -m tests.faults.support.figures"


def a_run(directory: Path, failed: int = 0, **missing: int) -> dict[str, Any]:
    """A record of the full form in which everything was tried just often enough, but *missing*."""
    record = Record()
    for figure in FIGURES:
        record.add(figure.test, figure.counted or "any", figure.least - missing.get(figure.test, 0))
    return {**record.document(directory, failed), "form": "full"}


def test_a_record_shows_what_is_promised_only_when_nothing_failed_or_is_missing(
    tmp_path: Path,
) -> None:
    enough = a_run(tmp_path)
    assert shortfalls([enough]) == []
    assert shortfalls([]) != []
    assert "quick form" in shortfalls([{**enough, "form": "quick"}])[0]
    assert "1 tests failed" in shortfalls([a_run(tmp_path, failed=1)])[0]


@pytest.mark.parametrize("test", sorted({figure.test for figure in FIGURES}))
def test_what_was_tried_once_too_little_is_named(tmp_path: Path, test: str) -> None:
    found = shortfalls([a_run(tmp_path, **{test: 1})])
    named = [line.rsplit(": ", 1)[0] for line in found]
    assert named == [figure.what for figure in FIGURES if figure.test == test]


def test_several_records_are_parts_of_one_run(tmp_path: Path) -> None:
    some = {"kill sweep": 1, "kills": 100}
    assert shortfalls([a_run(tmp_path, **some)]) != []
    assert shortfalls([a_run(tmp_path, **some), a_run(tmp_path, **some)]) == []


def test_a_run_fills_the_document_between_its_markers_alone(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    filled = fill(TEXT, [run])
    assert re.search(r"^\| Bad promoted versions: kinds +\| +20 \| +20 \|$", filled, re.MULTILINE)
    assert f"Linux {run['kernel']}" in filled
    outside = re.compile(r"(<!-- faults:figures -->).*?(<!-- end -->)", re.DOTALL)
    assert outside.sub("", filled) == outside.sub("", TEXT)


def test_records_are_kept_beside_the_document_that_they_fill(tmp_path: Path) -> None:
    document, committed = tmp_path / "reliability.md", tmp_path / "reliability" / "record.json"
    document.write_text(TEXT)
    runs = [a_run(tmp_path), a_run(tmp_path, failed=1)]
    paths = [tmp_path / "first.json", tmp_path / "second.json"]
    for path, run in zip(paths, runs, strict=True):
        path.write_text(json.dumps(run))
    assert "1 tests failed" in keep(paths, document, committed)[0]
    assert json.loads(committed.read_text()) == runs
    assert document.read_text() == fill(TEXT, runs) != TEXT
