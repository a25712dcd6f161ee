"""The machine that figures come from, and which of its cores does what."""

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
    """Where servers and load generators run; None: wherever the system puts them."""

    server: frozenset[int] | None
    client: frozenset[int] | None

    def describe(self) -> str:
        """One sentence for the reader of a table."""
        if self.server is None or self.client is None:
            return "Nothing is pinned: server and load generator compete for the same cores."
        return (
            f"Servers run on core {_listed(self.server)}, the load generator on core "
            f"{_listed(self.client)}; what has two workers is not pinned."
        )


def choose_cores() -> Cores:
    """One core for servers and another for the load, where there are two."""
    if not hasattr(os, "sched_getaffinity"):  # not on macOS
        return Cores(None, None)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        return Cores(None, None)
    return Cores(frozenset(cores[:1]), frozenset(cores[1:2]))


@contextmanager
def on_cores(cores: frozenset[int] | None) -> Iterator[None]:
    """Run this thread, and what it starts meanwhile, on *cores*."""
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
    """What a reader needs to judge absolute figures."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "load_average_before": os.getloadavg()[0],
    }


def tool_version(*command: str) -> str:
    """The version that a tool prints of itself, or all of its first line."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - named by our own code
    first = (done.stdout + done.stderr).partition("\n")[0]
    found = re.search(r"\d+\.\d+[.\d]*", first)
    return found[0] if found else first


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(r"^model name\s*:\s*(.*)$", information.read_text(), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def _listed(cores: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(cores)))
