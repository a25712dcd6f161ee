"""docs/operations.md agrees with the settings, the limits of connections and the token."""

import re
import subprocess
from pathlib import Path

from gatekeeper.api.bearer_token import TokenFile
from shared.http import open_connections, timeouts_and_sizes
from tests.contract.settings_tables import CLASSES, settings_of
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text()


def test_every_setting_is_documented_and_no_other() -> None:
    documented = re.findall(r"^\| `([A-Z0-9_]+)` \|", TEXT, re.MULTILINE)
    known = [each.variable for kind in CLASSES.values() for each in settings_of(kind)]
    assert documented == known


def test_the_token_is_changed_as_the_page_says(tmp_path: Path) -> None:
    command = TEXT.partition("To change the token")[2].split("```")[1].removeprefix("sh\n")
    path = tmp_path / ".store" / "token"
    path.parent.mkdir()
    path.write_text("old")
    subprocess.run(["sh", "-e", "-c", command], cwd=tmp_path, check=True)
    assert len(TokenFile(path).read()) == 44
    assert [each.name for each in path.parent.iterdir()] == ["token"]


def test_the_limits_of_a_connection_are_the_codes() -> None:
    section = TEXT.partition("### Limits of a connection")[2].partition("## ")[0]
    found = re.findall(r"\| (\d+) (KiB|s) \|", section)
    assert found == [
        (str(timeouts_and_sizes.HEAD_BYTES >> 10), "KiB"),
        (str(timeouts_and_sizes.HEAD_SECONDS), "s"),
        (str(timeouts_and_sizes.BODY_SECONDS), "s"),
        (str(timeouts_and_sizes.IDLE_SECONDS), "s"),
    ]
    assert f"| {open_connections.MAX_CONNECTIONS} in each process |" in section
    assert f"the hard limit minus {open_connections.RESERVED_DESCRIPTORS}." in section
