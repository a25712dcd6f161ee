"""A stack of its own, driven as a user drives it: all that a story needs, whatever runs it."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx

from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT

SERVICES = ("gatekeeper", "predictor")
"""Those that stay up; the trainer comes and goes."""

PATIENCE_SECONDS = 900.0
"""Images may have to be built first."""

_NOT_INHERITED = re.compile(
    "TRAINER_|GATEKEEPER_|PREDICTOR_|STORE_|LOG_|METRIC|ALLOW_JOBLIB|MODELGATE_|COMPOSE_"
    "|MAKE|MFLAGS|STACK|VENV|PYTHON"
)
_NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".env", ".store", ".venv*", ".*_cache", ".hypothesis", "__pycache__"),
    *("tests", "docs", "data", "keys"),
)

Ended = subprocess.CompletedProcess[str]
NewStack = Callable[..., AbstractContextManager["Stack"]]
"""Starts a stack, with variables and files, for the length of a `with`."""


class Stack(ABC):
    """Modelgate in a checkout of its own, with ports and a store of its own.

    *files* are the user's own, text by path in the checkout, such as data/mine.csv.
    """

    name: ClassVar[str]
    """What STACK calls it."""

    def __init__(self, directory: Path, files: Mapping[str, str]) -> None:
        self.checkout = directory / "checkout"
        shutil.copytree(ROOT, self.checkout, ignore=_NOT_COPIED)
        (self.checkout / "data").mkdir()
        for name, text in files.items():
            (self.checkout / name).write_text(text)
        self.gatekeeper_port = free_ports(1)
        self.predictor_port = free_ports(3)
        self.environment = {k: v for k, v in os.environ.items() if not _NOT_INHERITED.match(k)}

    # --- What a user does

    @abstractmethod
    def start(self) -> None:
        """Start what is not up, and return when a model is served."""

    @abstractmethod
    def remove(self) -> None:
        """Take it down, whatever state it is in, and leave nothing of it behind."""

    @abstractmethod
    def lose_store(self) -> None:
        """Take it down and lose its store, as with a disk that broke."""

    @abstractmethod
    def is_down(self) -> bool:
        """Whether nothing of it runs."""

    @abstractmethod
    def train(self, *options: str, **variables: object) -> Ended:
        """Run the trainer itself, with options that `make retrain` does not have."""

    @abstractmethod
    def in_store(self, script: str) -> Ended:
        """Run a shell script in the store, with the rights of the gatekeeper."""

    def run(self, *command: str, check: bool = True) -> Ended:
        """Run a command in the checkout."""
        done = subprocess.run(
            command,
            cwd=self.checkout,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def make(self, target: str, **variables: object) -> Ended:
        """Run a make target, which may fail, as a user in a second terminal would."""
        return self.run("make", "--no-print-directory", target, *given(variables), check=False)

    @contextmanager
    def making(
        self, log: Path, target: str, **variables: object
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A make target under way, its output in the file *log*; at the end Ctrl-C stops it."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["make", "--no-print-directory", target, *given(variables)],
                cwd=self.checkout,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(PATIENCE_SECONDS)

    # --- What happens to services

    @abstractmethod
    def pids(self, service: str) -> set[int]:
        """The process ids of a service's main processes, as this machine numbers them."""

    def kill(self, service: str) -> None:
        """Have a service die at once, as in a crash."""
        found = self.pids(service)
        assert found, f"no {service} runs"
        for pid in found:
            os.kill(pid, signal.SIGKILL)

    @abstractmethod
    def kill_everything(self) -> None:
        """Have all of it die at once; nothing comes back before the next start."""

    @abstractmethod
    def restart(self, service: str) -> None:
        """Have a service end in an orderly way and come back."""

    @abstractmethod
    def stopped(self, service: str) -> AbstractContextManager[None]:
        """While the block runs, a service has ended and does not come back."""

    @abstractmethod
    def paused(self, service: str) -> AbstractContextManager[None]:
        """While the block runs, a service is frozen in the middle of what it does."""

    # --- What a user sees

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.predictor_port}"

    @property
    def gatekeeper_url(self) -> str:
        return f"http://127.0.0.1:{self.gatekeeper_port}"

    def wait_until_ready(self) -> None:
        """Wait until both services are."""
        wait_for(self._is_ready, "gatekeeper and predictor to be ready")

    def _is_ready(self) -> bool:
        try:
            urls = (f"{self.url}/readyz", f"{self.gatekeeper_url}/readyz")
            return all(httpx.get(url).status_code == httpx.codes.OK for url in urls)
        except httpx.HTTPError:
            return False

    def example(self) -> list[Any]:
        """A real row of the model that is served."""
        row: list[Any] = httpx.get(f"{self.url}/model").json()["example"]
        return row

    def ask(self, row: Sequence[Any] | Mapping[str, Any]) -> httpx.Response:
        """What is answered for one row, given as a list or by name."""
        return httpx.post(f"{self.url}/predict", json={"features": row})

    def predict(self, row: Sequence[Any] | Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer for a row, or for a real one of the model that is served."""
        answer = self.ask(self.example() if row is None else row)
        assert answer.status_code == httpx.codes.OK, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def version(self) -> int:
        """The version that answers."""
        return int(self.predict()["model_version"])

    def registry(self) -> str:
        """The registry, byte for byte."""
        return httpx.get(f"{self.gatekeeper_url}/registry").raise_for_status().text

    def decisions(self) -> list[dict[str, Any]]:
        """The decision log, newest first."""
        answer = httpx.get(f"{self.gatekeeper_url}/decisions").raise_for_status()
        found: list[dict[str, Any]] = answer.json()["decisions"]
        return found


StackT = TypeVar("StackT", bound=Stack)


@contextmanager
def running(stack: StackT) -> Iterator[StackT]:
    """Start a stack, and remove it at the end whatever happened."""
    try:
        stack.start()
        yield stack
    finally:
        stack.remove()


def given(variables: dict[str, object]) -> list[str]:
    """Variables as make takes them."""
    return [f"{name}={value}" for name, value in variables.items()]


def free_ports(count: int) -> int:
    """The first of *count* ports in a row that nobody listens on.

    Outgoing connections get no port of this range, so nobody takes one before it is used.
    """
    while True:
        first = 20_000 + secrets.randbelow(10_000)
        if not any(is_listening(first + offset) for offset in range(count)):
            return first


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def served_on(output: str) -> tuple[int, int, int]:
    """Version, workers on it and workers in all, from the convergence line."""
    match = re.search(r"v(\d+) serving on (\d+)/(\d+) workers after \d+ ms", output)
    assert match, output
    version, on, of = map(int, match.groups())
    return version, on, of
