"""A separate stack that stories operate as a user does, with make or with compose."""

import os
import re
import shutil
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx

from tests.stacks.worker_versions import find_agreed_version
from tests.support.http import plain_http
from tests.support.http.metrics_page import scrape
from tests.support.processes.ports import free_ports
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT

SERVICES = ("gatekeeper", "predictor")
"""The services that keep running. The trainer ends after each run."""

PATIENCE_SECONDS = 900.0
"""Seconds to wait for a command, which may build images first."""

_NOT_INHERITED = re.compile(
    "TRAINER_|GATEKEEPER_|PREDICTOR_|STORE_|LOG_|METRIC|ALLOW_JOBLIB|MODELGATE_|COMPOSE_"
    "|ARGS|MAKE|MFLAGS|STACK|VENV|PYTHON"
)
_NOT_COPIED = shutil.ignore_patterns(
    *(".git", ".env", ".store", ".venv*", ".*_cache", ".hypothesis", ".coverage*"),
    *("tests", "docs", "data", "keys", "secrets", "build"),
)

Ended = subprocess.CompletedProcess[str]
NewStack = Callable[..., AbstractContextManager["Stack"]]
"""A context manager that starts a stack with variables and files."""


class Stack(ABC):
    """Modelgate in a separate checkout, with separate ports and a separate store.

    *files* holds the user's files: text by path in the checkout, such as data/mine.csv.
    """

    name: ClassVar[str]
    """The value of the variable STACK."""

    def __init__(self, directory: Path, files: Mapping[str, str]) -> None:
        self.checkout = directory / "checkout"
        shutil.copytree(ROOT, self.checkout, ignore=_NOT_COPIED)
        (self.checkout / "data").mkdir()
        for name, text in files.items():
            (self.checkout / name).write_text(text)
        self.gatekeeper_port = free_ports(1)
        self.predictor_port = free_ports(3)
        self.environment = {k: v for k, v in os.environ.items() if not _NOT_INHERITED.match(k)}

    # --- Actions of a user

    @abstractmethod
    def begin_trained(self) -> None:
        """Put a first model in production before the start, where this is quicker."""

    @abstractmethod
    def start(self) -> None:
        """Start what is not running. Return when a model is served."""

    @abstractmethod
    def remove(self) -> None:
        """Stop it in any state and leave nothing behind."""

    @abstractmethod
    def lose_store(self) -> None:
        """Stop it and delete its store, as if its disk broke."""

    @abstractmethod
    def is_down(self) -> bool:
        """Return whether none of its processes runs."""

    @abstractmethod
    def in_store(self, script: str) -> Ended:
        """Run a shell script in the store with the gatekeeper's permissions."""

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
        """Run a make target in the checkout. It may fail."""
        return self.run("make", "--no-print-directory", target, *given(variables), check=False)

    @contextmanager
    def making(
        self, log: Path, target: str, **variables: object
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a make target in the background with its output in *log*. Stop it with Ctrl-C."""
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

    # --- Faults of services

    @abstractmethod
    def pids(self, service: str) -> set[int]:
        """Return the process ids of a service's main processes on this machine."""

    def kill(self, service: str) -> None:
        """Kill a service at once, as in a crash."""
        found = self.pids(service)
        assert found, f"no {service} runs"
        for pid in found:
            os.kill(pid, signal.SIGKILL)

    @abstractmethod
    def kill_everything(self) -> None:
        """Kill all processes at once. None is restarted before the next start."""

    @abstractmethod
    def restart(self, service: str) -> None:
        """Stop a service in order and let it start again."""

    @abstractmethod
    def stopped(self, service: str) -> AbstractContextManager[None]:
        """Stop a service while the block runs."""

    @abstractmethod
    def paused(self, service: str) -> AbstractContextManager[None]:
        """Freeze a service while the block runs."""

    # --- Observations of a user

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.predictor_port}"

    @property
    def gatekeeper_url(self) -> str:
        return f"http://127.0.0.1:{self.gatekeeper_port}"

    def wait_until_ready(self) -> None:
        """Wait until both services are ready."""
        wait_for(self._is_ready, "gatekeeper and predictor to be ready")

    def _is_ready(self) -> bool:
        try:
            urls = (f"{self.url}/readyz", f"{self.gatekeeper_url}/readyz")
            return all(plain_http.get(url).status_code == httpx.codes.OK for url in urls)
        except httpx.HTTPError:
            return False

    def example(self) -> list[Any]:
        """Return the example row of the served model."""
        row: list[Any] = plain_http.get(f"{self.url}/model").json()["example"]
        return row

    def ask(self, row: Sequence[Any] | Mapping[str, Any]) -> httpx.Response:
        """Send one row, as a list or by name, to `POST /predict`."""
        return plain_http.post(f"{self.url}/predict", json={"features": row})

    def predict(self, row: Sequence[Any] | Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the prediction for a row, by default for the example row."""
        answer = self.ask(self.example() if row is None else row)
        assert answer.status_code == httpx.codes.OK, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def version(self) -> int:
        """Wait until every worker serves the same version. Return the version that answers."""
        wait_for(lambda: find_agreed_version(scrape(self.url)), "one version on all workers")
        return int(self.predict()["model_version"])

    def registry(self) -> str:
        """Return the registry as text."""
        return plain_http.get(f"{self.gatekeeper_url}/registry").raise_for_status().text

    def decisions(self) -> list[dict[str, Any]]:
        """Return the decision log, newest first."""
        answer = plain_http.get(f"{self.gatekeeper_url}/decisions").raise_for_status()
        found: list[dict[str, Any]] = answer.json()["decisions"]
        return found


StackT = TypeVar("StackT", bound=Stack)


@contextmanager
def running(stack: StackT, *, is_trained: bool = False) -> Iterator[StackT]:
    """Start a stack, perhaps with a trained model, and always remove it at the end."""
    try:
        if is_trained:
            stack.begin_trained()
        stack.start()
        if is_trained:
            stack.wait_until_ready()  # a restored model is served before the gatekeeper listens
        yield stack
    finally:
        stack.remove()


def given(variables: dict[str, object]) -> list[str]:
    """Write variables as arguments of make."""
    return [f"{name}={value}" for name, value in variables.items()]


def served_on(output: str) -> tuple[int, int, int]:
    """Read version, workers on it and number of workers from the convergence line."""
    match = re.search(r"v(\d+) serving on (\d+)/(\d+) workers after \d+ ms", output)
    assert match, output
    version, on, of = map(int, match.groups())
    return version, on, of
