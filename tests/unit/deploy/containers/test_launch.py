"""A service gets as many threads as its container has CPUs, by either version of cgroups."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.containers.launch import THREADS, count_cpus

ALLOWED = len(os.sched_getaffinity(0))


def version_2(cgroup: Path, limit: str) -> None:
    (cgroup / "cpu.max").write_text(f"{limit} 100000\n")


def version_1(cgroup: Path, limit: str) -> None:
    (cgroup / "cpu").mkdir()
    quota = "-1" if limit == "max" else limit
    (cgroup / "cpu" / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (cgroup / "cpu" / "cpu.cfs_period_us").write_text("100000\n")


@pytest.mark.parametrize("version", [version_1, version_2])
@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("max", ALLOWED),
        ("20000", 1),
        ("100000", 1),
        ("150000", min(ALLOWED, 2)),
        ("100000000", ALLOWED),
    ],
)
def test_a_quota_is_rounded_up_and_never_exceeds_the_machine(
    tmp_path: Path, version: object, limit: str, expected: int
) -> None:
    assert callable(version)
    version(tmp_path, limit)
    assert count_cpus(tmp_path) == expected


def test_without_cgroups_every_cpu_may_be_used(tmp_path: Path) -> None:
    assert count_cpus(tmp_path) == ALLOWED


def launched(service: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.containers.launch", service, "an argument", "--help"],
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_service_starts_with_its_arguments_and_its_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "service.py").write_text(
        f"import os, sys; print(sys.argv[1:], os.environ['{THREADS}']); sys.exit(3)"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv(THREADS, raising=False)
    started = launched("service")
    assert (started.returncode, started.stdout) == (
        3,
        f"['an argument', '--help'] {count_cpus()}\n",
    ), started
    assert launched("service", **{THREADS: "7"}).stdout == "['an argument', '--help'] 7\n"
