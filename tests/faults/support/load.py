"""The open-loop client as a child process of a test."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT


@dataclass
class Load:
    """A running open-loop client."""

    process: subprocess.Popen[bytes]
    progress: Path
    result: Path

    def answered(self) -> float:
        """Return the seconds of load that are answered, 0 while the rate is measured."""
        assert self.process.poll() is None, self.progress.read_text()
        *whole, _ = self.progress.read_text().split("\n")
        return float(whole[-1]) if whole else 0.0

    def wait_for_answers(self, seconds: float) -> None:
        """Wait until this many more seconds of load are answered."""
        before = wait_for(self.answered, "the load to begin")
        wait_for(lambda: self.answered() >= before + seconds, "answers")

    def end(self) -> dict[str, Any]:
        """Stop the client and return its result."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(600) == 0, self.progress.read_text()
        seen: dict[str, Any] = json.loads(self.result.read_text())
        return seen


@contextmanager
def loaded(url: str, bodies: list[str], directory: Path, least: int) -> Iterator[Load]:
    """Send at least *least* requests with *bodies* in turn, at 70 % of the server's capacity."""
    plan, progress, result = (directory / name for name in ("plan.json", "progress", "seen.json"))
    plan.write_text(json.dumps({"bodies": bodies, "least": least}))
    with progress.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.support.open_loop", url, plan, result],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield Load(process, progress, result)
    finally:
        process.kill()
        process.communicate()
