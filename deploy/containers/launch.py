"""`python -m deploy.containers.launch SERVICE [ARGUMENT…]`: start a service.

It gets as many threads as CPUs.
Numerical libraries start one thread for each CPU of the machine, whatever the container's quota
says, and read the wanted number once, when they are imported. So it is set here, before the
service starts in this same process.
"""

import math
import os
import sys
from pathlib import Path

THREADS = "OMP_NUM_THREADS"
"""Read by OpenMP, OpenBLAS, MKL and Arrow alike."""

_CGROUP = Path("/sys/fs/cgroup")


def count_cpus(cgroup: Path = _CGROUP) -> int:
    """How many CPUs this process may keep busy: its affinity and its cgroup's quota, rounded up."""
    allowed = len(os.sched_getaffinity(0))
    quota = _quota(cgroup)
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _quota(cgroup: Path) -> float | None:
    """CPU time per time, by version 2 or 1 of cgroups; None without a limit."""
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except FileNotFoundError:
        try:
            quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text()
        except FileNotFoundError:
            return None
    return None if quota in ("max", "-1") else int(quota) / int(period)


def main() -> None:
    """Become the service."""
    os.environ.setdefault(THREADS, str(count_cpus()))
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    main()
