"""The stack of `make run`."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import psutil

from shared.maintenance.restore_steps import restore_archive
from shared.store.store import ModelStore
from tests.stacks.stack import Ended, Stack, given
from tests.stacks.trained_backup import trained_backup
from tests.support.processes.frozen import frozen
from tests.support.processes.ports import is_listening
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for


class LocalStack(Stack):
    """A stack started by `make run` with variables. The other targets find it."""

    name = "local"

    def __init__(
        self, directory: Path, files: Mapping[str, str] = MappingProxyType({}), **variables: object
    ) -> None:
        super().__init__(directory, files)
        self.store = ModelStore(directory / "store")
        self.environment |= {
            "STORE_DIR": str(self.store.layout.root),
            # make must not find a compose project that happens to run on this machine.
            "COMPOSE_PROJECT_NAME": "modelgate-no-such-project",
        }
        self.variables = {
            "GATEKEEPER_PORT": self.gatekeeper_port,
            "PREDICTOR_PORT": self.predictor_port,
            **variables,
        }
        self._log = directory / "run.log"
        self._log.touch()
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Link this virtual environment: installing another takes a minute."""
        with suppress(FileExistsError):
            (self.checkout / ".venv").symlink_to(sys.prefix)

    def begin_trained(self) -> None:
        restore_archive(BytesIO(trained_backup()), "the first model", self.store.layout.root)

    def start(self) -> None:
        self.prepare()
        if self._process is not None:
            self.wait()
        started = self.output().count("curl")
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                ["make", "run", *given(self.variables)],
                cwd=self.checkout,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(lambda: self._says_more_than(started), "make run to print its curl")

    def _says_more_than(self, curls: int) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.output()
        return self.output().count("curl") > curls

    def output(self) -> str:
        """Return the output of `make run`."""
        return self._log.read_text()

    def wait(self, within: float = PATIENCE_SECONDS) -> int:
        """Wait for the end of `make run`. Return its exit status."""
        assert self._process is not None
        status = self._process.wait(within)
        wait_for(self.is_down, "the services to end", within)
        return status

    def stop(self, signal_number: int) -> None:
        """Signal the process group as a terminal does, and wait until all processes have ended."""
        assert self._process is not None
        os.killpg(self._process.pid, signal_number)
        self.wait()

    def remove(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop(signal.SIGTERM)

    def lose_store(self) -> None:
        self.remove()
        shutil.rmtree(self.store.layout.root)

    def is_down(self) -> bool:
        return not any(is_listening(port) for port in (self.gatekeeper_port, self.predictor_port))

    def in_store(self, script: str) -> Ended:
        return self.run("sh", "-c", f"cd {self.store.layout.root} && {script}", check=False)

    @property
    def manager(self) -> psutil.Process:
        """The process manager."""
        return psutil.Process(int(self.store.layout.run_file.read_text().split()[0]))

    def pids(self, service: str) -> set[int]:
        return {process.pid for process in self._processes(service)}

    def _processes(self, service: str) -> list[psutil.Process]:
        found = []
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                command = process.cmdline()[1:3]
                if command == ["-m", service] and process.cwd() == str(self.checkout):
                    found.append(process)
        return found

    def _main_process(self, service: str) -> psutil.Process:
        """Return the process that the process manager started, and not a worker of it."""
        found = self._processes(service)
        pids = {process.pid for process in found}
        (main,) = (process for process in found if process.ppid() not in pids)
        return main

    def kill_everything(self) -> None:
        manager = self.manager
        manager.suspend()  # it would start a killed service again
        for process in [*manager.children(recursive=True), manager]:
            with suppress(psutil.NoSuchProcess):  # it ended meanwhile, as the welcome does
                process.kill()
        self.wait()

    def restart(self, service: str) -> None:
        for process in self._processes(service):
            process.terminate()

    def renew_workers(self) -> None:
        """Replace the predictor's workers one after the other, and wait for it."""
        main = self._main_process("predictor")
        old = self.pids("predictor")
        main.send_signal(signal.SIGHUP)

        def are_renewed() -> bool:
            pids = self.pids("predictor")
            return pids & old == {main.pid} and len(pids) == len(old)

        wait_for(are_renewed, "other workers of the predictor")

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        # A frozen manager does not restart the service.
        manager, process = self.manager, self._main_process(service)
        manager.suspend()
        process.terminate()
        wait_for(lambda: process.status() == psutil.STATUS_ZOMBIE, f"the end of the {service}")
        try:
            yield
        finally:
            manager.resume()

    @contextmanager
    def paused(self, service: str) -> Iterator[None]:
        main = self._main_process(service)
        with frozen([main, *main.children(recursive=True)]):
            yield
