"""The CPUs of a process are the least of its affinity and the quotas of its cgroups."""

import os
from pathlib import Path

import pytest

from shared.container.cpu_limit import count_cpus

ALLOWED = len(os.sched_getaffinity(0))
ONE, HALF, MANY = "100000", "50000", "100000000"
PERIOD = "100000"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n")


def limit(group: Path, quota: str, version: int) -> None:
    """Set the quota of a group, as the kernel shows it."""
    if version == 2:
        write(group / "cpu.max", f"{quota} {PERIOD}")
    else:
        write(group / "cpu.cfs_quota_us", "-1" if quota == "max" else quota)
        write(group / "cpu.cfs_period_us", PERIOD)


def cpus(directory: Path, *lines: str) -> int:
    write(directory / "self/cgroup", "\n".join(lines))
    return count_cpus(directory / "self", directory / "groups")


VERSIONS = {
    "version 2": (2, "", "0::/pod/mine"),
    "version 1": (1, "cpu", "4:cpu,cpuacct:/pod/mine"),
    "version 1, mounted together": (1, "cpu,cpuacct", "4:cpu,cpuacct:/pod/mine"),
}


@pytest.mark.parametrize(("version", "root", "line"), VERSIONS.values(), ids=VERSIONS)
@pytest.mark.parametrize(
    ("own", "above", "expected"),
    [
        ("max", "max", ALLOWED),
        (HALF, "max", 1),
        (ONE, MANY, 1),
        ("150000", "max", min(ALLOWED, 2)),
        (MANY, "max", ALLOWED),
        ("max", ONE, 1),
        (MANY, HALF, 1),
    ],
)
def test_the_tightest_quota_counts_and_is_rounded_up(
    tmp_path: Path, version: int, root: str, line: str, own: str, above: str, expected: int
) -> None:
    groups = tmp_path / "groups" / root
    limit(groups / "pod/mine", own, version)
    limit(groups / "pod", above, version)
    assert cpus(tmp_path, "7:pids:/pod/mine", line) == expected


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_that_sees_only_its_own_group_has_its_quota(
    tmp_path: Path, version: int
) -> None:
    """In Kubernetes the path is often the one of the node, which the container cannot see."""
    limit(tmp_path / "groups" / ("cpu" if version == 1 else ""), ONE, version)
    line = "4:cpu,cpuacct:/kubepods/pod7" if version == 1 else "0::/kubepods.slice/pod7.scope"
    assert cpus(tmp_path, line) == 1


@pytest.mark.parametrize("text", ["", "max", "soon 100000", "100000 0", "1 2 3"])
def test_a_quota_that_cannot_be_read_is_not_a_limit(tmp_path: Path, text: str) -> None:
    write(tmp_path / "groups/cpu.max", text)
    assert cpus(tmp_path, "0::/") == ALLOWED


def test_without_cgroups_every_cpu_may_be_used(tmp_path: Path) -> None:
    assert count_cpus(tmp_path, tmp_path) == ALLOWED
