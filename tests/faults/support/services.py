"""The three services as process groups, which tests kill like containers."""

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
    """A service. Each start is a new process with a new log."""

    name: str
    store_dir: Path
    logs: Path
    variables: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    """Variables of only the next start."""

    @property
    def log(self) -> Path:
        """Output of the newest process."""
        return self.logs / f"{self.name}-{self.starts}.log"

    def start(self) -> None:
        """Start it in a new process group."""
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
        """Return whether it runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """Kill it and all its children at once."""
        if self.process is not None and self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to it and all its children, unless it has ended."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def wait_until_it_listens(self) -> str:
        """Wait until it listens and return its address."""

        def listening() -> "re.Match[str] | None":
            assert self.is_alive(), self.log.read_text()
            return re.search(r"Listening on (http://[^\s,]+)", self.log.read_text())

        self.url = self.url or wait_for(listening, f"the {self.name} to listen")[1]
        return self.url
