"""Describe the machine, and assign its cores to servers and load."""

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = (
    "fastapi", "httptools", "msgspec", "numpy", "onnxruntime", "scikit-learn", "uvicorn", "uvloop",
)  # fmt: skip


@dataclass(frozen=True)
class Cores:
    """The cores of servers and of the load generator; None if the system chooses."""

    server: frozenset[int] | None
    client: frozenset[int] | None

    def describe(self) -> str:
        """Describe the assignment in one sentence."""
        if self.server is None or self.client is None:
            return "No process is pinned: server and load generator compete for the same cores."
        return (
            f"Servers run on core {_format_cores(self.server)}, the load generator on core "
            f"{_format_cores(self.client)}. Servers with two workers are not pinned."
        )


def choose_cores() -> Cores:
    """Choose one core for servers and one for the load; none on a single core."""
    if not hasattr(os, "sched_getaffinity"):  # not on macOS
        return Cores(None, None)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        return Cores(None, None)
    return Cores(frozenset(cores[:1]), frozenset(cores[1:2]))


@contextmanager
def on_cores(cores: frozenset[int] | None) -> Iterator[None]:
    """Run this thread, and the processes that it starts, on *cores*."""
    if cores is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def describe_machine() -> dict[str, object]:
    """Describe the machine, so that a reader can judge absolute figures."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "load_average_before": os.getloadavg()[0],
    }


def tool_version(*command: str) -> str:
    """Return the version that a tool prints, or its first line if it has no version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - named by our own code
    first = (done.stdout + done.stderr).partition("\n")[0]
    match = re.search(r"\d+\.\d+[.\d]*", first)
    return match[0] if match else first


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        match = re.search(r"^model name\s*:\s*(.*)$", information.read_text(), re.MULTILINE)
        if match:
            return match[1]
    return platform.processor() or platform.machine()


def _format_cores(cores: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(cores)))
