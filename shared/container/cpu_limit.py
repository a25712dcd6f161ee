"""The CPUs that this process and its children may use together."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

from shared.container.cgroups import GROUPS, PROCESS, find_groups, read_lines


def count_cpus(process: Path = PROCESS, groups: Path = GROUPS) -> int:
    """Return how many CPUs the affinity and the cgroups allow: the least of them, rounded up."""
    # macOS has no affinity.
    has_affinity = hasattr(os, "sched_getaffinity")
    allowed = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    quota = min(_quotas(process, groups), default=math.inf)
    return allowed if quota >= allowed else max(1, math.ceil(quota))


def _quotas(process: Path, groups: Path) -> Iterator[float]:
    """Yield each quota, in CPUs, by version 2 or 1 of cgroups."""
    for group in find_groups("cpu", process, groups):
        words = " ".join(read_lines(group / "cpu.max")).split()
        if not words:
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            words = " ".join(line for name in names for line in read_lines(group / name)).split()
        if len(words) == 2 and all(map(str.isdigit, words)) and int(words[1]):  # noqa: PLR2004 - quota and period
            yield int(words[0]) / int(words[1])
