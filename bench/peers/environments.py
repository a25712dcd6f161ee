"""Make a virtual environment for each peer, and keep it for the next run."""

import sys
from pathlib import Path

from bench.harness.processes import ROOT, run

ENVIRONMENTS = ROOT / "build" / "bench-peers"
_HERE = Path(__file__).parent
_INSTALL_SECONDS = 900.0


def prepare(requirements: str) -> Path:
    """Install the packages of *requirements*.txt, and return the directory of programs.

    Raises BenchError with pip's last output.
    """
    lock = _HERE / f"{requirements}.txt"
    directory = ENVIRONMENTS / requirements
    installed = directory / "installed.txt"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        run([sys.executable, "-m", "venv", "--clear", directory])
        run(
            [directory / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install",
             "--quiet", "--no-compile", "--requirement", lock],
            seconds=_INSTALL_SECONDS,
        )  # fmt: skip
        installed.write_bytes(lock.read_bytes())
    return directory / "bin"
