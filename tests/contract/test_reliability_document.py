"""docs/reliability.md names tests that exist, and every planted defect."""

import inspect
import re

from tests.faults import mutants
from tests.stacks.stack import ROOT

TEXT = (ROOT / "docs" / "reliability.md").read_text()


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
