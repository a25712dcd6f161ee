"""A pod of the chart in containers of Docker: its order, probes and end."""

import json
import ssl
import subprocess
from dataclasses import dataclass

import httpx

from tests.chart.node import PATIENCE_SECONDS, Node, docker
from tests.chart.pod_options import (
    command_of,
    require_known_fields,
    resource_options,
    security_options,
    variable_options,
)
from tests.chart.pod_volumes import mount_options
from tests.chart.rendering import Manifest
from tests.support.processes.wait_until import wait_for

KUBELET = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The kubelet does not verify certificates."""
KUBELET.check_hostname = False
KUBELET.verify_mode = ssl.CERT_NONE


@dataclass
class Pod:
    """One pod on a node: init containers one after another, and then its only container."""

    node: Node
    name: str
    spec: Manifest

    def __post_init__(self) -> None:
        require_known_fields(self.spec)
        (self.main,) = self.spec["containers"]
        self.container = f"{self.node.name}-{self.name}"

    def start(self) -> None:
        """Run the init containers to their end, in order. Then start the container."""
        for each in self.spec.get("initContainers", []):
            done = docker(*self._run(each, "--rm"), check=False)
            assert done.returncode == 0, f"{self.name}: {each['name']}\n{done.stdout}{done.stderr}"
        docker(*self._run(self.main, "--detach", "--name", self.container))

    def run_to_end(self) -> tuple[int, str]:
        """Run the pod of a Job; return its exit status and its log."""
        assert self.spec["restartPolicy"] == "Never"
        self.start()
        status = int(docker("wait", self.container).stdout)
        return status, self.log()

    def _run(self, container: Manifest, *options: str) -> list[str]:
        entry, words = command_of(container)
        return [
            *("run", *options, "--label", self.node.name, "--network", self.node.name),
            "--no-healthcheck",  # Kubernetes ignores that of the image
            *("--hostname", self.name),
            *security_options(self.spec, container),
            *resource_options(container),
            *variable_options(self.node, container),
            *mount_options(self.node, self.spec, container),
            *entry,
            self.node.images[container["image"]],
            *words,
        ]

    def log(self) -> str:
        """Return what the container has printed."""
        done = docker("logs", self.container)
        return done.stdout + done.stderr

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the container, as `kubectl exec` does. It may fail."""
        return docker("exec", self.container, *command, check=False)

    @property
    def url(self) -> str:
        """Return the address of the pod's port."""
        (port,) = self.main["ports"]
        probe = self.main["readinessProbe"]
        scheme = probe.get("httpGet", {}).get("scheme", "HTTP").lower()
        return f"{scheme}://{self._address()}:{port['containerPort']}"

    def _address(self) -> str:
        shown = docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", self.container)
        address: str = json.loads(shown.stdout)[self.node.name]["IPAddress"]
        return address

    def passes(self, probe: str) -> bool:
        """Return whether a probe of the container passes now."""
        found = self.main[probe]
        if "exec" in found:
            return self.execute(*found["exec"]["command"]).returncode == 0
        try:
            url = f"{self.url}{found['httpGet']['path']}"
            answer = httpx.get(url, verify=KUBELET, timeout=found["timeoutSeconds"])
        except httpx.HTTPError:
            return False
        return answer.status_code < httpx.codes.BAD_REQUEST

    def wait_until_ready(self) -> None:
        """Wait for the probes as the kubelet does: startup first, then readiness."""
        for probe in ("startupProbe", "readinessProbe"):
            wait_for(
                lambda probe=probe: self._passes_or_ended(probe),  # type: ignore[misc]  # mypy infers no lambda with a default
                f"{self.name}: {probe}",
                within=PATIENCE_SECONDS,
            )

    def _passes_or_ended(self, probe: str) -> bool:
        assert self.node.is_in_use(self.container), f"{self.name} has ended:\n{self.log()}"
        return self.passes(probe)

    def stop(self) -> int:
        """Stop the pod as the kubelet does, with SIGKILL after the grace period.

        Return the exit status.
        """
        grace = self.spec.get("terminationGracePeriodSeconds", 30)
        docker("stop", "--time", str(grace), self.container)
        status = docker("inspect", "--format", "{{.State.ExitCode}}", self.container).stdout
        return int(status)
