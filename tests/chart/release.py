"""A release of the chart on one node: its Secrets, pods and clients, without Kubernetes."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.keys import make_keys
from predictor.http.api_keys import make_key
from shared.version import VERSION
from tests.chart.node import Node, running_node
from tests.chart.pod import Pod
from tests.chart.rendering import Manifest, find, pod_template, render
from tests.chart.service import Service, replace
from tests.stacks.traffic import Traffic
from tests.support.certificates import Pair, make_pair

SERVICES = ("trainer", "gatekeeper", "predictor")
ASSIGNED_USER = 1_000_680_000
"""A number from the range that OpenShift gives to a namespace."""
TOKEN = "only-for-tests-0123456789abcdef"  # noqa: S105 - of a node that ends with the test


@dataclass
class Release:
    """The pods of a release."""

    node: Node
    values: str
    service: Service
    manifests: list[Manifest]
    revision: int = 1
    trainings: int = 0
    gatekeeper: Pod | None = None
    predictors: list[Pod] = field(default_factory=list)

    def pod(self, kind: str, role: str, name: str) -> Pod:
        """Return a new pod of an object."""
        spec = pod_template(find(self.manifests, kind, role))["spec"]
        return Pod(self.node, f"{name}-{self.revision}", self._admitted(spec))

    def _admitted(self, spec: Manifest) -> Manifest:
        """Assign the user and the group of the volume, as OpenShift does at the admission."""
        if self.values != "restricted":
            return spec
        assigned = {"runAsUser": ASSIGNED_USER, "fsGroup": ASSIGNED_USER}
        return {**spec, "securityContext": {**assigned, **spec["securityContext"]}}

    def install(self, replicas: int) -> tuple[int, str]:
        """Start all pods, those that need the others first; return the end of the training."""
        self.gatekeeper = self.pod("Deployment", "gatekeeper", "gatekeeper")
        self.predictors = [
            self.pod("Deployment", "predictor", f"predictor-{number}") for number in range(replicas)
        ]
        training = self.pod("Job", "trainer", "first-training")
        with ThreadPoolExecutor() as pool:
            started = [pool.submit(pod.start) for pod in self.predictors]
            trained = pool.submit(training.run_to_end)
            self.gatekeeper.start()
            for each in started:
                each.result()
            self.gatekeeper.wait_until_ready()
            for pod in self.predictors:
                pod.wait_until_ready()
            self.service.addresses = [pod.url for pod in self.predictors]
            return trained.result()

    def in_gatekeeper(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the gatekeeper's pod. It may fail."""
        assert self.gatekeeper is not None
        return self.gatekeeper.execute(*command)

    def client(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the gatekeeper's client in its pod. It may fail."""
        return self.in_gatekeeper("python", "-m", "gatekeeper.client", *arguments)

    def retrain(self) -> tuple[int, str]:
        """Run the pod of the CronJob to its end."""
        self.trainings += 1
        return self.pod("CronJob", "trainer", f"retrain-{self.trainings}").run_to_end()

    def upgrade(self, seen: Traffic, *options: str) -> list[int]:
        """Replace all pods by those of other values; return the exit statuses of the old ones."""
        self.revision += 1
        self.manifests = render(self.values, *options)
        assert self.gatekeeper is not None
        statuses = [self.gatekeeper.stop()]
        self.gatekeeper = self.pod("Deployment", "gatekeeper", "gatekeeper")
        self.gatekeeper.start()
        self.gatekeeper.wait_until_ready()
        for number, old in enumerate(self.predictors):
            new = self.pod("Deployment", "predictor", f"predictor-{number}")
            statuses.append(replace(self.service, old, new, seen))
            self.predictors[number] = new
        return statuses


@contextmanager
def release(values: str, root: Path) -> Iterator[Release]:
    """Prepare a node for a documented file of values."""
    manifests = render(values)
    keys, pair = root / "keys", make_pair()
    make_keys(keys)
    key, line = make_key("billing")
    project = os.environ.get("COMPOSE_PROJECT_NAME", "modelgate")
    images = {f"modelgate-{name}:{VERSION}": f"{project}-{name}" for name in SERVICES}
    has_secrets = values == "external-secrets"
    service = Service(*((pair.trust(), key) if has_secrets else ()))
    with running_node(root, images, _secrets(keys, pair, line)) as node:
        yield Release(node, values, service, manifests)


def _secrets(keys: Path, pair: Pair, line: str) -> dict[str, dict[str, bytes]]:
    """Return the Secrets that the documented values name."""

    def pem(*names: str) -> dict[str, bytes]:
        return {name: (keys / name).read_bytes() for name in names}

    tls = {"tls.crt": pair.certificate, "tls.key": pair.key}
    return {
        "modelgate-token": {"token": TOKEN.encode()},
        "modelgate-api-keys": {"api-keys": f"{line}\n".encode()},
        "modelgate-gatekeeper-tls": tls,
        "modelgate-predictor-tls": tls,
        "modelgate-trainer-key": pem("trainer.pem"),
        "modelgate-gatekeeper-key": pem("gatekeeper.pem"),
        "modelgate-public-keys": pem("trainer.pub.pem", "gatekeeper.pub.pem"),
    }
