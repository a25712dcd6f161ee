"""A compose project of its own name, ports and volume, driven as a user drives it."""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.e2e.local_stack import ROOT, SERVICE_PREFIXES, free_port
from tests.waiting import wait_for

PATIENCE_SECONDS = 900.0
"""Images may have to be built first."""


class ComposeStack:
    """One project; `docker compose …` and `make …` against it."""

    def __init__(self, **variables: object) -> None:
        self.project = f"modelgate-test-{secrets.token_hex(3)}"
        self.gatekeeper = free_port()
        self.predictor = free_port()
        clean = {k: v for k, v in os.environ.items() if not k.startswith(SERVICE_PREFIXES)}
        self.environment = clean | {
            "COMPOSE_PROJECT_NAME": self.project,
            "STACK": "compose",
            "GATEKEEPER_PORT": str(self.gatekeeper),
            "PREDICTOR_PORT": str(self.predictor),
            **{name: str(value) for name, value in variables.items()},
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.predictor}"

    @property
    def gatekeeper_url(self) -> str:
        return f"http://127.0.0.1:{self.gatekeeper}"

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one command in the checkout with this project's environment."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def compose(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `docker compose …`."""
        return self.run("docker", "compose", *arguments, check=check)

    def make(self, target: str, **variables: object) -> subprocess.CompletedProcess[str]:
        """Run `make …`, which may fail."""
        given = [f"{name}={value}" for name, value in variables.items()]
        return self.run("make", "--no-print-directory", target, *given, check=False)

    def up(self, *arguments: str) -> None:
        """Start what is not up, and wait until a model is served."""
        self.compose("up", "--wait", *arguments)

    def containers(self, service: str) -> list[str]:
        """The ids of a service's containers, ended ones too."""
        return self.compose("ps", "--all", "--quiet", service).stdout.split()

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine says of a service's first container."""
        shown = self.run("docker", "inspect", self.containers(service)[0])
        facts: dict[str, Any] = json.loads(shown.stdout)[0]
        return facts

    def shell(self, service: str, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script in a service's image as its user on the store; it may fail."""
        entry = ("--entrypoint", "sh")
        return self.compose(
            "run", "--rm", "--no-deps", "-T", *entry, service, "-c", script, check=False
        )

    def answers(self) -> bool:
        """Whether both services are ready."""
        try:
            urls = (f"{self.url}/readyz", f"{self.gatekeeper_url}/readyz")
            return all(httpx.get(url).status_code == httpx.codes.OK for url in urls)
        except httpx.HTTPError:
            return False

    def wait_until_ready(self) -> None:
        """Wait until both services are ready."""
        wait_for(self.answers, "gatekeeper and predictor to be ready")

    def example(self) -> list[float]:
        """A real row of the model that is served."""
        row: list[float] = httpx.get(f"{self.url}/model").json()["example"]
        return row

    def predict(self) -> dict[str, Any]:
        """The answer for that row."""
        answer = httpx.post(f"{self.url}/predict", json={"features": self.example()})
        assert answer.status_code == httpx.codes.OK, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def version(self) -> int:
        """The version that answers."""
        return int(self.predict()["model_version"])


@contextmanager
def compose_stack(**variables: object) -> Iterator[ComposeStack]:
    """A project that is taken down with its volumes and images, whatever happened."""
    stack = ComposeStack(**variables)
    try:
        yield stack
    finally:
        stack.compose("down", "--volumes", "--rmi", "local", "--timeout", "10", check=False)
