"""`python -m deploy.containers.launch SERVICE [ARGUMENT…]`: start a service.

Numerical libraries start one thread for each CPU of the machine. They ignore the container's
quota, and read OMP_NUM_THREADS only when they are imported. So this program sets it first, and
then becomes the service.
"""

import argparse
import math
import os
import subprocess
import sys
from pathlib import Path

THREADS = "OMP_NUM_THREADS"
"""Variable that OpenMP, OpenBLAS, MKL and Arrow read."""

_CGROUP = Path("/sys/fs/cgroup")


def count_cpus(cgroup: Path = _CGROUP) -> int:
    """Return how many CPUs this process may use: its affinity or its quota, rounded up."""
    allowed = len(os.sched_getaffinity(0))
    quota = _quota(cgroup)
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _quota(cgroup: Path) -> float | None:
    """Return the quota in CPUs, from version 2 or 1 of cgroups; None without a limit."""
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except FileNotFoundError:
        try:
            quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text()
        except FileNotFoundError:
            return None
    return None if quota in ("max", "-1") else int(quota) / int(period)


def _welcome() -> None:
    """Start the welcome beside the service, in a project of compose that logs for people.

    The shell ends at once. So the welcome is a child of the container's init, not of the service.
    """
    if os.environ.get("GATEKEEPER_PUBLISHED") and os.environ.get("LOG_FORMAT") != "json":
        start = '"$0" -m deploy.containers.welcome &'
        subprocess.run(["sh", "-c", start, sys.executable], check=False)  # noqa: S603, S607 - sh is everywhere


def main() -> None:
    """Set the number of threads and become the service."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.containers.launch",
        description="Start a service with one numerical thread for each CPU of the container.",
    )
    parser.add_argument("service", metavar="SERVICE", help="a Python module")
    parser.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER)
    service = parser.parse_args().service
    os.environ.setdefault(THREADS, str(count_cpus()))
    if service == "predictor":
        _welcome()
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    main()
