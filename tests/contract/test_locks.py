"""Each locked package has its hashes, and nothing is installed without hashes."""

import re
from pathlib import Path

import pytest

from tests.support.project import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_PINNED = re.compile(r"[a-z0-9][a-z0-9.-]*==[^ ;]+( ; [^\\]+)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_each_line_is_a_version_with_hashes(lock: Path) -> None:
    text = re.sub(r"#.*", "", lock.read_text()).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    assert lines
    for line in lines:
        pinned, *hashes = re.split(r"\s+(?=--hash)", line.strip())
        assert _PINNED.fullmatch(pinned.strip()), line
        assert hashes, line
        assert all(_HASH.fullmatch(each) for each in hashes), line


def test_each_list_is_locked_and_each_lock_has_its_list() -> None:
    assert {lock.stem for lock in LOCKS} == {p.stem for p in LOCKS[0].parent.glob("*.in")}


def test_a_package_has_one_version_in_all_locks() -> None:
    found: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in re.findall(r"^([a-z0-9.-]+)==([^ ]+)", lock.read_text(), re.MULTILINE):
            found.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in found.items() if len(versions) > 1} == {}


def test_everything_is_installed_with_its_hashes() -> None:
    assert "PIP_REQUIRE_HASHES=1" in (ROOT / "Dockerfile").read_text()
    script = (ROOT / "deploy" / "local" / "venv.sh").read_text()
    assert re.findall(r"\binstall (?!--)--no-compile(.*)", script) == []
    assert script.count("install --no-compile --require-hashes --requirement") == 1
    installs = re.findall(r"pip[^\n]* install [^\n&]*", (ROOT / "Dockerfile").read_text())
    assert len(installs) == 3
    assert all("/dependencies/" in each for each in installs)
