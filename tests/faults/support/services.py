"""The three services as processes with all their children, to be killed like containers."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.gatekeeping import clean_environment


@dataclass
class Service:
    """One service; a start after a kill is a new process with a log of its own."""

    name: str
    store_dir: Path
    logs: Path
    variables: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    """Variables of the next start alone."""

    @property
    def log(self) -> Path:
        """What the newest process has printed."""
        return self.logs / f"{self.name}-{self.starts}.log"

    def start(self) -> None:
        """Start it in a process group of its own."""
        assert not self.is_alive()
        self.starts += 1
        settings = {"METRIC": "f1", **self.variables, **self.extra}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.name],
                cwd=ROOT,
                env=clean_environment(self.store_dir, **settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.url = ""

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL for it and all its children at once."""
        if self.process is not None and self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def signal(self, number: int) -> None:
        """A signal to it and all its children, as a paused container gets; none if it has ended."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def wait_until_it_listens(self) -> str:
        """Its address."""

        def listening() -> "re.Match[str] | None":
            assert self.is_alive(), self.log.read_text()
            return re.search(r"Listening on (http://[^\s,]+)", self.log.read_text())

        self.url = self.url or wait_for(listening, f"the {self.name} to listen")[1]
        return self.url
