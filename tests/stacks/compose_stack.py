"""The stack of `docker compose up`."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.stacks.stack import Ended, Stack
from tests.stacks.trained_backup import trained_backup
from tests.support.processes.wait_until import wait_for


class ComposeStack(Stack):
    """A compose project with a unique name, configured by environment variables."""

    name = "compose"

    def __init__(
        self, directory: Path, files: Mapping[str, str] = MappingProxyType({}), **variables: object
    ) -> None:
        super().__init__(directory, files)
        self.environment |= {
            "COMPOSE_PROJECT_NAME": f"modelgate-test-{secrets.token_hex(3)}",
            "GATEKEEPER_PORT": str(self.gatekeeper_port),
            "PREDICTOR_PORT": str(self.predictor_port),
            **{name: str(value) for name, value in variables.items()},
        }

    def compose(self, *arguments: str, check: bool = True) -> Ended:
        """Run `docker compose …`."""
        return self.run("docker", "compose", *arguments, check=check)

    def begin_trained(self) -> None:
        backup = self.checkout / "trained.tar.gz"
        backup.write_bytes(trained_backup())
        restored = self.make("restore", FILE=backup.name, STACK=self.name)
        assert restored.returncode == 0, restored
        backup.unlink()

    def start(self) -> None:
        self.up()

    def up(self, *options: str) -> None:
        """Run `docker compose up --wait` with more options."""
        self.compose("up", "--wait", *options)

    def remove(self) -> None:
        self.compose("down", "--volumes", "--rmi", "local", "--remove-orphans")

    def lose_store(self) -> None:
        self.compose("down", "--volumes")

    def is_down(self) -> bool:
        return self.compose("ps", "--all", "--quiet").stdout == ""

    def in_store(self, script: str) -> Ended:
        return self.shell("gatekeeper", f"cd /store && {script}")

    def shell(self, service: str, script: str) -> Ended:
        """Run a script in a service's image with its user and store. It may fail."""
        once = ("run", "--rm", "--no-deps", "-T", "--entrypoint", "sh")
        return self.compose(*once, service, "-c", script, check=False)

    def inspect(self, service: str) -> list[dict[str, Any]]:
        """Return what `docker inspect` prints of a service's containers, stopped ones included."""
        project = self.environment["COMPOSE_PROJECT_NAME"]
        labels = (f"com.docker.compose.project={project}", f"com.docker.compose.service={service}")
        filters = [word for label in labels for word in ("--filter", f"label={label}")]
        found = self.run("docker", "ps", "--all", "--quiet", *filters).stdout.split()
        if not found:
            return []
        # The command fails if a container is removed meanwhile; its output has the others.
        shown = self.run("docker", "inspect", *found, check=False)
        containers: list[dict[str, Any]] = json.loads(shown.stdout)
        return containers

    def pids(self, service: str) -> set[int]:
        return {container["State"]["Pid"] for container in self.inspect(service)} - {0}

    def kill_everything(self) -> None:
        self.compose("kill")

    def restart(self, service: str) -> None:
        self.compose("restart", service)

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        self.compose("stop", service)
        try:
            yield
        finally:
            self.compose("start", service)

    @contextmanager
    def paused(self, service: str) -> Iterator[None]:
        # The engine cannot freeze a container while its health check starts.
        wait_for(lambda: self.compose("pause", service, check=False).returncode == 0, "a pause")
        try:
            yield
        finally:
            self.compose("unpause", service)
