"""The memory limit is the least of the setting, the cgroups and the machine's memory."""

from pathlib import Path

import pytest

from shared.memory_limit import find_memory_limit


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    (tmp_path / "groups/memory").mkdir(parents=True)
    return tmp_path / "groups"


def limit_in(groups: Path, *lines: str, limit_mib: int | None = None) -> int:
    process = groups.parent / "self"
    process.mkdir(exist_ok=True)
    (process / "cgroup").write_text("\n".join(lines) + "\n")
    return find_memory_limit(limit_mib, process, groups)


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n")


def test_without_limits_the_machine_is_the_limit(groups: Path) -> None:
    machine = limit_in(groups, "0::/")

    assert machine > 64 << 20
    assert limit_in(groups, "0::/", limit_mib=machine >> 19) == machine


def test_the_setting_limits_memory(groups: Path) -> None:
    assert limit_in(groups, "0::/", limit_mib=48) == 48 << 20


def test_the_tightest_cgroup_of_version_2_limits_memory(groups: Path) -> None:
    write(groups / "all/memory.max", str(40 << 20))
    write(groups / "all/mine/memory.max", "max")

    assert limit_in(groups, "0::/all/mine") == 40 << 20
    assert limit_in(groups, "0::/all/mine", limit_mib=32) == 32 << 20


def test_the_tightest_cgroup_of_version_1_limits_memory(groups: Path) -> None:
    write(groups / "memory/memory.limit_in_bytes", str((1 << 63) - 4096))
    write(groups / "memory/mine/memory.limit_in_bytes", str(24 << 20))

    assert limit_in(groups, "5:cpu,memory:/mine", "0::/") == 24 << 20


def test_a_container_that_sees_only_its_own_group_has_that_limit(groups: Path) -> None:
    write(groups / "memory.max", str(16 << 20))

    assert limit_in(groups, "0::/system.slice/docker-1234.scope") == 16 << 20


def test_a_system_without_cgroups_has_no_other_limit(tmp_path: Path) -> None:
    assert find_memory_limit(48, tmp_path / "none", tmp_path / "none") == 48 << 20
