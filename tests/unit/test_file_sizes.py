"""Folders have few files, and files are short."""

from pathlib import Path

import pytest

from tests.support.project import ROOT

PACKAGES = ("trainer", "gatekeeper", "predictor", "shared", "deploy", "bench")
WIDEST_FOLDER = 16
LONGEST_FILE = 250
LONGEST_TEST_FILE = 300


def test_folders_are_narrow_and_files_short(capsys: pytest.CaptureFixture[str]) -> None:
    """Also print the size of each folder."""
    sizes: dict[Path, list[int]] = {}
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        length = len(path.read_text().splitlines())
        assert length <= LONGEST_FILE, path
        sizes.setdefault(path.parent, []).append(length)
    with capsys.disabled():
        for folder, lines in sorted(sizes.items()):
            print(f"\n{folder.relative_to(ROOT)}: {len(lines)} files, {sum(lines)} lines", end="")
    assert max(map(len, sizes.values())) <= WIDEST_FOLDER


def test_files_of_tests_are_short() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= LONGEST_TEST_FILE, path
