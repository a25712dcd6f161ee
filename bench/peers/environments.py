"""An environment for each peer, kept for the next run."""

import re
import sys
from pathlib import Path

from bench.harness.errors import BenchError
from bench.harness.processes import ROOT, run

ENVIRONMENTS = ROOT / "build" / "bench-peers"
_HERE = Path(__file__).parent
_INSTALL_SECONDS = 900.0


def prepare(requirements: str) -> Path:
    """Make the environment hold what *requirements*.txt locks; its directory of programs.

    Raises BenchError with pip's own last words.
    """
    lock = _HERE / f"{requirements}.txt"
    directory = ENVIRONMENTS / requirements
    installed = directory / "installed.txt"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        run([sys.executable, "-m", "venv", "--clear", directory])
        pip: list[str | Path] = [
            directory / "bin" / "python",
            "-m",
            "pip",
            "--disable-pip-version-check",
        ]
        run(
            [*pip, "install", "--quiet", "--no-compile", "--requirement", lock],
            seconds=_INSTALL_SECONDS,
        )
        installed.write_bytes(lock.read_bytes())
    return directory / "bin"


def locked_version(requirements: str, package: str) -> str:
    """The version of *package* that a peer is measured with."""
    text = (_HERE / f"{requirements}.txt").read_text()
    found = re.search(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)
    if found is None:
        raise BenchError(f"{requirements}.txt does not lock {package}.")
    return found[1]
