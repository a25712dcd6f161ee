"""CONTRIBUTING.md names only files that exist."""

import re

from tests.support.project import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def test_every_named_file_exists() -> None:
    named = re.findall(r"`([a-z_/-]+(?:\.[a-z]+|/))`", TEXT)
    assert len(named) > 10
    for path in named:
        assert (ROOT / path).exists(), path
