"""deploy/local/venv.sh with Pythons that only print their arguments."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT

SCRIPT = ROOT / "deploy" / "local" / "venv.sh"

# Answers the question whether it is suitable, makes environments of its own kind, logs the rest.
GOOD_PYTHON = """#!/bin/sh
case "$*" in
-c*version_info\\[:2\\]*) echo "(3, 12)" ;;
-c*) ;;
--version) echo Python 3.12.0 ;;
*venv*) for where; do :; done; mkdir -p "$where/bin"; cp "$0" "$where/bin/python" ;;
*) echo "$*" >>calls ;;
esac
"""
OLD_PYTHON = """#!/bin/sh
exit 1
"""


class Checkout:
    """A directory with two locks, and a search path that holds only what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "bin").mkdir()
        (root / "requirements").mkdir()
        for tool in ("cmp", "cp", "mkdir", "sh"):
            (root / "bin" / tool).symlink_to(str(shutil.which(tool)))
        for name in ("local", "dev", "pip"):
            self.lock(name, "a==1\n")

    def lock(self, name: str, text: str) -> None:
        (self.root / "requirements" / f"{name}.txt").write_text(text)

    def python(self, name: str, text: str) -> Path:
        path = self.root / "bin" / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def set_up(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", SCRIPT, name],
            cwd=self.root,
            env={"PATH": str(self.root / "bin"), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self) -> list[str]:
        """Names of the locks that were installed since the last call, but the installer's own."""
        calls = self.root / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        locks = [Path(line.split()[-1]).stem for line in lines if "--require-hashes" in line]
        return [lock for lock in locks if lock != "pip"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_python_that_is_suitable_is_taken(checkout: Checkout) -> None:
    checkout.python("python3", OLD_PYTHON)
    checkout.python("python3.12", GOOD_PYTHON)
    assert checkout.set_up("local").returncode == 0
    assert checkout.installed() == ["local"]


def test_the_second_time_costs_nothing_until_the_lock_changes(checkout: Checkout) -> None:
    checkout.python("python3", GOOD_PYTHON)
    checkout.set_up("local")
    checkout.installed()
    again = checkout.set_up("local")
    assert (again.stdout, again.stderr, checkout.installed()) == ("", "", [])
    checkout.lock("local", "a==2\n")
    checkout.set_up("local")
    assert checkout.installed() == ["local"]


def test_the_development_lock_is_enough_for_a_run(checkout: Checkout) -> None:
    checkout.python("python3", GOOD_PYTHON)
    checkout.set_up("dev")
    checkout.set_up("local")
    assert checkout.installed() == ["dev"]


def test_boosters_are_installed_on_request(checkout: Checkout) -> None:
    checkout.lock("boosters", "b==1\n")
    checkout.python("python3", GOOD_PYTHON)
    checkout.set_up("local")
    assert checkout.installed() == ["local"]
    checkout.set_up("local", BOOSTERS="true")
    assert checkout.installed() == ["boosters"]
    checkout.set_up("local", BOOSTERS="true")
    checkout.set_up("local")
    assert checkout.installed() == []


def test_an_environment_without_its_python_is_made_again(checkout: Checkout) -> None:
    checkout.python("python3", GOOD_PYTHON)
    checkout.set_up("local")
    (checkout.root / ".venv" / "bin" / "python").unlink()
    checkout.installed()
    assert checkout.set_up("local").returncode == 0
    assert checkout.installed() == ["local"]


def test_without_a_suitable_python_one_sentence_says_what_to_do(checkout: Checkout) -> None:
    checkout.python("python3", OLD_PYTHON)
    refused = checkout.set_up("local")
    assert refused.returncode == 1
    assert "needs Python 3.11 to 3.14" in refused.stderr
    assert not (checkout.root / ".venv").exists()


def test_a_python_that_was_named_is_the_only_one_tried(checkout: Checkout) -> None:
    checkout.python("python3", GOOD_PYTHON)
    old = checkout.python("old", OLD_PYTHON)
    refused = checkout.set_up("local", PYTHON=str(old))
    assert refused.returncode == 1
    assert f"PYTHON={old}" in refused.stderr
