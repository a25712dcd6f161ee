"""Make a virtual environment for each peer, and keep it for the next run."""

import re
import sys
from pathlib import Path

from bench.harness.errors import BenchError
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


def locked_version(requirements: str, package: str) -> str:
    """Return the version of *package* in a peer's lock file."""
    text = (_HERE / f"{requirements}.txt").read_text()
    match = re.search(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)
    if match is None:
        raise BenchError(f"{requirements}.txt does not lock {package}.")
    return match[1]
