"""Two hosts that mount one JuiceFS: two mounts on this machine, each with an agent.

The metadata is a database of SQLite, and the objects are files.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar

from tests.network.support.host import Host
from tests.support.processes.ports import free_ports
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT

AGENT = Path(__file__).parent / "agent.py"


class JuiceFsLaboratory:
    """The hosts `a` and `b`; the clock of the services on `b` is an hour ahead."""

    kind: ClassVar = "JuiceFS"

    def __init__(self, tools: Path, folder: Path, trash_days: int = 1) -> None:
        self._program = tools / "bin" / "juicefs"
        self._folder = folder
        self._metadata = folder / "metadata"
        self._processes: dict[str, list[subprocess.Popen[bytes]]] = {"a": [], "b": []}
        self._run(
            *("format", "--no-update", "--storage", "file", "--bucket", f"{folder}/objects/"),
            *("--trash-days", str(trash_days), f"sqlite3://{self._metadata}", "modelgate"),
        )
        for name in self._processes:
            self._mount(name)
        self.hosts = {name: self._host(name) for name in self._processes}
        for host in self.hosts.values():
            host.wait_until_up()
        self.hosts["b"].call("set_clock_ahead", seconds=3600)

    def versions(self) -> str:
        """Return the versions for the record."""
        shown = subprocess.run([self._program, "version"], capture_output=True, check=True)
        return f"{shown.stdout.decode().strip()} on {os.uname().sysname} {os.uname().release}"

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Lock the metadata while the block runs, so that nobody can read or write."""
        database = sqlite3.connect(self._metadata, timeout=60, isolation_level=None)
        database.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            database.execute("ROLLBACK")
            database.close()

    def close(self) -> None:
        """End all agents and mounts."""
        for name in self._processes:
            self._crash(name)

    def _mount(self, name: str) -> None:
        place = self._folder / name
        place.mkdir()
        self._start(
            name,
            *(
                self._program,
                "mount",
                "--no-usage-report",
                f"--cache-dir={self._folder}/cache-{name}",
            ),
            *(f"--log={self._folder}/{name}.log", f"sqlite3://{self._metadata}", place),
        )
        wait_for(lambda: place.stat().st_ino == 1, f"the mount {place}")

    def _host(self, name: str) -> Host:
        port = free_ports(1)
        self._start(name, sys.executable, AGENT, ROOT, str(port))
        address = ("127.0.0.1", port)
        connect = partial(socket.create_connection, address, 5.0)
        return Host(name, str(self._folder / name), connect, address, partial(self._crash, name))

    def _crash(self, name: str) -> None:
        for process in reversed(self._processes[name]):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        subprocess.run(["umount", "--lazy", self._folder / name], check=False, capture_output=True)

    def _start(self, name: str, *command: str | Path) -> None:
        with (self._folder / f"{name}.out").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes[name].append(process)

    def _run(self, *arguments: str) -> None:
        subprocess.run([self._program, *arguments], check=True, capture_output=True)
