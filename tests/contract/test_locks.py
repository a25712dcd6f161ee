"""Each locked package has its hashes, and nothing is installed without hashes."""

import hashlib
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support.project import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
OWN_ENVIRONMENT = "mlflow-server"
"""The lock of an environment that shares nothing with the services."""
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
    for lock in (each for each in LOCKS if each.stem != OWN_ENVIRONMENT):
        for name, version in re.findall(r"^([a-z0-9.-]+)==([^ ]+)", lock.read_text(), re.MULTILINE):
            found.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in found.items() if len(versions) > 1} == {}


def test_everything_is_installed_with_its_hashes() -> None:
    assert "PIP_REQUIRE_HASHES=1" in (ROOT / "Dockerfile").read_text()
    script = (ROOT / "deploy" / "local" / "venv.sh").read_text()
    assert re.findall(r"\binstall (?!--)--no-compile(.*)", script) == []
    assert script.count("install --no-compile --require-hashes --requirement") == 1
    installs = re.findall(r"pip[^\n]* install [^\n&]*", (ROOT / "Dockerfile").read_text())
    assert len(installs) == 4
    assert all("/dependencies/" in each for each in installs)


def make_wheel(directory: Path, machine: str) -> str:
    """Write a wheel of a package for one machine; return its hash, as in a lock."""
    path = directory / f"toy-1.0-cp313-cp313-manylinux_2_28_{machine}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(
            "toy-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n"
        )
        wheel.writestr("toy-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n")
        wheel.writestr("toy-1.0.dist-info/RECORD", "")
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.mark.parametrize("machines", [["x86_64", "aarch64"], ["x86_64"], ["aarch64"]])
def test_a_package_without_a_wheel_for_a_platform_of_the_images_is_named(
    tmp_path: Path, machines: list[str]
) -> None:
    hashes = [make_wheel(tmp_path, machine) for machine in machines]
    lock = tmp_path / "lock.txt"
    lock.write_text(f"toy==1.0 {' '.join(hashes)}\n")
    done = subprocess.run(
        ["make", "--silent", "--old-file=setup-dev", "wheels", f"LOCKS={lock}"],
        cwd=ROOT,
        env=os.environ | {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(tmp_path), "UV_NO_CACHE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    is_complete = set(machines) == {"x86_64", "aarch64"}
    assert (done.returncode == 0) == is_complete, done.stderr
    assert ("toy==1.0 has no wheels" in done.stderr) != is_complete


def test_wheels_are_checked_for_the_python_of_the_images() -> None:
    (image,) = re.findall(
        r"^ARG BASE_IMAGE=python:([\d.]+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert f"--python-version {image}\n" in (ROOT / "Makefile").read_text()
