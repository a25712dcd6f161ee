"""A table that does not fit is refused with both figures, one that fits is not."""

import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings
from trainer.tables.memory_check import available_bytes, require_memory

MIB, GIB = 1 << 20, 1 << 30


def write(path: Path, text: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


@pytest.fixture
def process(tmp_path: Path) -> Path:
    write(tmp_path / "proc/meminfo", "MemTotal: 9 kB\nMemAvailable: 4194304 kB\nSwapFree: 0 kB")
    return tmp_path / "proc"


def test_without_limits_all_memory_of_the_machine_is_available(
    process: Path, tmp_path: Path
) -> None:
    assert available_bytes(process, tmp_path / "groups") == 4 * GIB

    write(process / "meminfo", "MemAvailable: 4194304 kB\nSwapFree: 1048576 kB")
    assert available_bytes(process, tmp_path / "groups") == 5 * GIB


def test_a_system_without_proc_refuses_no_table(tmp_path: Path) -> None:
    assert available_bytes(tmp_path, tmp_path) > 1 << 60


def test_the_tightest_cgroup_v2_limits_memory_without_cached_files(
    process: Path, tmp_path: Path
) -> None:
    groups = tmp_path / "groups"
    write(process / "self/cgroup", "0::/all/mine")
    write(groups / "all/mine/memory.max", "max")
    write(groups / "all/mine/memory.current", 5)
    write(groups / "all/memory.max", GIB)
    write(groups / "all/memory.current", 800 * MIB)
    write(
        groups / "all/memory.stat",
        f"anon {500 * MIB}\ninactive_file {200 * MIB}\nactive_file {100 * MIB}",
    )

    assert available_bytes(process, groups) == GIB - 500 * MIB


def test_a_cgroup_v1_limits_memory(process: Path, tmp_path: Path) -> None:
    groups = tmp_path / "groups"
    write(process / "self/cgroup", "3:cpu,cpuacct:/\n2:memory:/docker/abc\n1:name=systemd:/")
    # Within a container its own group is the root of what it sees.
    write(groups / "memory/memory.limit_in_bytes", GIB)
    write(groups / "memory/memory.usage_in_bytes", 300 * MIB)
    write(groups / "memory/memory.stat", f"cache 9\ntotal_inactive_file {100 * MIB}")

    assert available_bytes(process, groups) == GIB - 200 * MIB


def test_a_table_too_large_for_memory_is_refused_with_both_figures() -> None:
    require_memory(1000, 30, "small.csv")

    with pytest.raises(DatasetError, match="huge.csv does not fit") as refusal:
        require_memory(10**12, 30, "huge.csv")

    assert "1,000,000,000,000 rows of 30 features needs at least 391155.5 GiB" in str(refusal.value)
    assert "TRAINER_DROP" in str(refusal.value)


@contextmanager
def limited(free: int) -> Iterator[None]:
    """Let this process take only *free* more bytes of address space."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def test_a_process_limit_refuses_a_table_before_it_is_read(tmp_path: Path) -> None:
    zeros = pa.array(np.zeros(10_000_000, dtype=np.int8))
    path = tmp_path / "zeros.parquet"
    parquet.write_table(pa.table({"a": zeros, "b": zeros, "c": zeros, "y": zeros}), path)

    with limited(256 * MIB), pytest.raises(DatasetError) as refusal:
        load_dataset(TrainerSettings(dataset=path, target="y"), "accuracy")

    assert f"{path} does not fit into memory: training on 10,000,000 rows" in str(refusal.value)
    assert re.search(r"needs at least 400 MiB, but \d+ MiB is available", str(refusal.value))
