"""CONTRIBUTING.md names every room, and only files that exist."""

import re

from tests.support.project import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def test_every_room_has_a_question() -> None:
    section = TEXT.partition("## Where do I change X?")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+/[a-z_]+)`", section))
    packages = ("shared", "trainer", "gatekeeper", "predictor", "deploy")
    rooms = {
        str(path.parent.relative_to(ROOT))
        for package in packages
        for path in ROOT.glob(f"{package}/*/__init__.py")
    }
    assert named == rooms


def test_every_named_file_exists() -> None:
    named = re.findall(r"`([a-z_/-]+(?:\.[a-z]+|/))`", TEXT)
    assert len(named) > 10
    for path in named:
        assert (ROOT / path).exists(), path
