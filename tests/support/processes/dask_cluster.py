"""A Dask scheduler and workers in processes of their own, as on other machines."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT


class DaskProcesses:
    """A scheduler on a free port of 127.0.0.1. Workers are started on demand.

    *tls* are the environment variables of Dask with certificates; without them it is not encrypted.
    """

    def __init__(self, folder: Path, tls: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._tls = tls or {}
        self._file = folder / "scheduler.json"
        self.processes = list[subprocess.Popen[bytes]]()
        self.address = ""

    def start_scheduler(self) -> None:
        """Start the scheduler, and wait until it has an address."""
        self.scheduler = self._start(
            "scheduler", "--port", "0", "--scheduler-file", str(self._file),
            "--dashboard-address", "127.0.0.1:0", *(["--protocol", "tls"] if self._tls else []),
        )  # fmt: skip
        wait_for(lambda: self._file.exists() and self._file.read_text(), "the scheduler")
        self.address = str(json.loads(self._file.read_text())["address"])

    def start_worker(
        self, *options: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, in one process."""
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-nanny",
            "--dashboard-address", "127.0.0.1:0",
            "--local-directory", str(self.folder), *options, variables=variables,
        )  # fmt: skip

    def _start(
        self, role: str, *options: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        command = [
            sys.executable, "-m", f"distributed.cli.dask_{role}", *options, "--host", "127.0.0.1",
        ]  # fmt: skip
        log = self.folder / f"{role}-{len(list(self.folder.glob(f'{role}-*.log')))}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self._tls, **(variables or {})},
                stdout=output,
                stderr=output,
            )
        self.processes.append(process)
        return process


@contextmanager
def dask_processes(folder: Path, tls: Mapping[str, str] | None = None) -> Iterator[DaskProcesses]:
    """Start a scheduler, and stop all workers and it at the end."""
    folder.mkdir(exist_ok=True)
    started = DaskProcesses(folder, tls)
    try:
        started.start_scheduler()
        yield started
    finally:
        # A worker may never end if its scheduler ends at the same time. So the scheduler is last.
        _end(started.processes[1:])
        _end(started.processes[:1])


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
