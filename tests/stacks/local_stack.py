"""A stack started by `make run` on free ports and a store of its own."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from shared.store import ModelStore
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
SERVICE_PREFIXES = (
    "TRAINER_",
    "GATEKEEPER_",
    "PREDICTOR_",
    "STORE_",
    "LOG_",
    "METRIC",
    "MAKE",
    "MFLAGS",
)
STOP_SECONDS = 10.0
"""The contract's bound for stopping everything."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LocalStack:
    """One running `make run`, and the make targets against it."""

    def __init__(self, store_dir: Path, log: Path, **variables: object) -> None:
        self.store = ModelStore(store_dir)
        self.log = log
        self.gatekeeper = free_port()
        self.predictor = free_port()
        clean = {k: v for k, v in os.environ.items() if not k.startswith(SERVICE_PREFIXES)}
        # Of a compose project that happens to run beside, make must not hear.
        self.environment = clean | {
            "STORE_DIR": str(store_dir),
            "COMPOSE_PROJECT_NAME": "modelgate-no-such-project",
        }
        self.variables = {
            "GATEKEEPER_PORT": self.gatekeeper,
            "PREDICTOR_PORT": self.predictor,
            **variables,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.predictor}"

    @property
    def gatekeeper_url(self) -> str:
        return f"http://127.0.0.1:{self.gatekeeper}"

    def start(self) -> None:
        """Run `make run` and wait until a model is served and it says so."""
        arguments = [f"{name}={value}" for name, value in self.variables.items()]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                ["make", "run", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = self.output().count("curl")
        wait_for(lambda: self._says_more_than(started), "make run to print its curl")

    def _says_more_than(self, curls: int) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.output()
        return self.output().count("curl") > curls

    def output(self) -> str:
        """All that `make run` has printed."""
        return self.log.read_text()

    @property
    def manager(self) -> int:
        """The process id of the process manager."""
        return int(self.store.layout.run_file.read_text().split()[0])

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        """Signal make as a terminal would, and wait until all of it has ended."""
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal_number)
        self.process.wait(STOP_SECONDS)
        wait_for(lambda: not self.answers(), "the services to end", STOP_SECONDS)

    def answers(self) -> bool:
        """Whether any of the two services still has its port."""
        return any(is_listening(port) for port in (self.gatekeeper, self.predictor))

    def make(self, target: str, **variables: object) -> subprocess.CompletedProcess[str]:
        """Run one make target as a user in a second terminal would."""
        arguments = [f"{name}={value}" for name, value in variables.items()]
        return subprocess.run(
            ["make", "--no-print-directory", target, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def example(self) -> list[float]:
        """A real row of the model that is served."""
        row: list[float] = httpx.get(f"{self.url}/model").json()["example"]
        return row

    def predict(self) -> dict[str, Any]:
        """The answer for that row."""
        answer = httpx.post(f"{self.url}/predict", json={"features": self.example()})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_stack(tmp_path: Path, **variables: object) -> Iterator[LocalStack]:
    """A started stack, stopped at the end whatever happened."""
    tmp_path.mkdir(exist_ok=True)
    stack = LocalStack(tmp_path / "store", tmp_path / "run.log", **variables)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def served_on(output: str) -> tuple[int, int, int]:
    """Version, workers on it and workers in all, from the convergence line."""
    match = re.search(r"v(\d+) serving on (\d+)/(\d+) workers after \d+ ms", output)
    assert match, output
    version, on, of = map(int, match.groups())
    return version, on, of
