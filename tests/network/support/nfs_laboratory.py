"""Two hosts that mount a directory of a third one by NFS 4.1, each with a kernel of its own.

The kernels are user-mode Linux: each is one process, and needs no hardware for virtual machines.
Their root is the file system of this machine, read-only.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar

from tests.network.support.agent import PORT
from tests.network.support.host import Host
from tests.network.support.network import Network, cable
from tests.support.project import ROOT

SUPPORT = Path(__file__).parent
_DISK_BYTES = 256 << 20


class NfsLaboratory:
    """The server `s` and its clients `a` and `b`; the clock of `b` is an hour ahead."""

    kind: ClassVar = "NFS 4.1"
    addresses: ClassVar = {"s": "10.77.0.4", "a": "10.77.0.2", "b": "10.77.0.3"}

    def __init__(self, tools: Path, folder: Path) -> None:
        self._tools, self._folder = tools, folder
        self._network = Network(tuple(self.addresses))
        self._machines: dict[str, subprocess.Popen[bytes]] = {}
        disk = folder / "disk"
        with disk.open("wb") as file:
            file.truncate(_DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-F", disk], check=True)
        self._boot("s", "server", "192M", f"ubd0={disk}")
        for name in ("a", "b"):
            self._boot(name, "client", "384M")
        self.hosts = {name: self._host(name) for name in ("a", "b")}
        for host in self.hosts.values():
            host.wait_until_up()
        self.hosts["b"].call("shell", command="date -s '1 hour'")

    def versions(self) -> str:
        """Return the versions for the record."""
        mount = self.hosts["a"].call("shell", command="uname -sr; grep nfs4 /proc/mounts")
        return " ".join(mount.split())

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Take the file server off the network while the block runs."""
        self._network.set_cable("s", "down")
        try:
            yield
        finally:
            self._network.set_cable("s", "up")

    def close(self) -> None:
        """End all hosts, and remove the network."""
        for name in self._machines:
            self._crash(name)
        self._network.close()

    def _host(self, name: str) -> Host:
        connect = partial(self._network.connect, self.addresses[name], PORT)
        address = (self.addresses[name], PORT)
        return Host(name, "/mnt/store", connect, address, partial(self._crash, name))

    def _crash(self, name: str) -> None:
        machine = self._machines[name]
        if machine.poll() is None:
            os.killpg(machine.pid, signal.SIGKILL)
            machine.wait()

    def _boot(self, name: str, role: str, memory: str, *options: str) -> None:
        variables = {
            "NAME": name,
            "ADDRESS": self.addresses[name],
            "ROLE": role,
            "SERVER": self.addresses["s"],
            "EXPORT": "/",
            "TOOLS": self._tools,
            "SUPPORT": SUPPORT,
            "CHECKOUT": ROOT,
            "PYTHON": sys.executable,
        }
        command = [
            *("ip", "netns", "exec", self._network.name, str(self._tools / "usr/bin/linux.uml")),
            *(f"mem={memory}", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro"),
            *(f"uml_dir={self._folder}", f"umid={name}", f"eth0=tuntap,{cable(name)}"),
            *("con0=null,fd:1", "con=null", "ssl=null", *options, f"init={SUPPORT}/init.sh"),
            *(f"LAB_{key}={value}" for key, value in variables.items()),
        ]
        with (self._folder / f"{name}.log").open("wb") as log:
            self._machines[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "TMPDIR": "/dev/shm"},  # noqa: S108 - it holds the memory
                start_new_session=True,
            )
